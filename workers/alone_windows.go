package workers

import "syscall"

// alone keeps Ctrl-C from reaching a child, so that it ends in our order.
func alone() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
