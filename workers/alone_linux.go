package workers

import "syscall"

// alone keeps a child out of our process group, so that Ctrl-C reaches only us
// and the child ends in our order, and has the kernel end it should we die.
// The kernel goes by the thread that forked; Go ends a thread only where a
// goroutine ends that has locked it, and none of ours does.
func alone() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
