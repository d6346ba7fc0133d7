package cli

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// systemMemory is the tightest of the cgroup's limit and the machine's memory, in
// bytes; 4 GiB where neither can be read.
func systemMemory() int64 {
	limit := int64(4 << 30)
	if f, err := os.Open("/proc/meminfo"); err == nil {
		s := bufio.NewScanner(f)
		for s.Scan() {
			if rest, ok := strings.CutPrefix(s.Text(), "MemTotal:"); ok {
				if kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64); err == nil {
					limit = kb << 10
				}
			}
		}
		_ = f.Close()
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && n < limit {
			limit = n
		}
	}
	return limit
}
