package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// However `plexus dev` ends, no workerd is left behind.
func TestDevLeavesNothingBehind(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			d := startDev(t, "testdata/binding")
			res, err := http.Get(d.url + "/nothing")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			workerd := childOf(t, d.cmd.Process.Pid)
			d.cmd.Process.Signal(signal)
			err = d.cmd.Wait()
			if signal != syscall.SIGKILL && err != nil {
				t.Errorf("plexus dev: %v", err)
			}
			for range 500 {
				if errors.Is(syscall.Kill(workerd, 0), syscall.ESRCH) || zombie(workerd) {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("workerd, process %d, lives on", workerd)
		})
	}
}

// childOf is the process of workerd that process parent has started.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, _ := os.ReadFile(path) // pid (name) state parent ...
		var pid, ppid int
		var name, state string
		if n, _ := fmt.Sscan(string(stat), &pid, &name, &state, &ppid); n == 4 && ppid == parent && name == "(workerd)" {
			return pid
		}
	}
	t.Fatal("there is no workerd")
	return 0
}

// zombie says whether a process has ended, and only its new parent has not
// taken notice.
func zombie(pid int) bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return strings.Contains(string(stat), ") Z ")
}
