//go:build unix

package claims

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// machineOf names the machine and its space of process ids, and when a process began.
// Without a boot id a host's name is all there is to go by, and no name is none.
func machineOf(host string, pid int) (machine, started string) {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // Linux alone has one
	space, _ := os.Readlink("/proc/self/ns/pid")
	if host == "" && len(boot) == 0 {
		return "", ""
	}
	return strings.Join([]string{host, string(bytes.TrimSpace(boot)), space}, " "), startOf(pid)
}

// startOf is when a process began, in ticks since the boot; "" where nobody tells.
func startOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:]) // the name before may hold anything
	if len(fields) < 20 {
		return ""
	}
	if fields[0][0] == 'Z' {
		return "dead" // nobody asked yet how it ended
	}
	return string(fields[19])
}

// runs reports whether a process of this machine is there and the one that it was.
func runs(pid int, started string) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	now := startOf(pid)
	return started == "" || now == "" || now == started
}
