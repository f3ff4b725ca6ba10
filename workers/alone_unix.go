//go:build unix && !linux

package workers

import "syscall"

// alone keeps a child out of our process group, so that Ctrl-C reaches only us
// and the child ends in our order.
func alone() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
