package cli

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// systemMemory is the tightest of the cgroup's limits and the machine's memory, in
// bytes; 4 GiB where none can be read.
func systemMemory() int64 { return memoryOf(os.DirFS("/")) }

// memoryOf reads the limits of a tree of files.
func memoryOf(root fs.FS) int64 {
	limit := int64(4 << 30)
	if n, ok := memTotal(root); ok {
		limit = n
	}
	for _, name := range slices.Concat(cgroupFiles(root, "sys/fs/cgroup", "", "memory.max"), cgroupFiles(root, "sys/fs/cgroup", "", "memory.high"),
		cgroupFiles(root, "sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes")) {
		b, err := fs.ReadFile(root, name)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && n < limit { // "max" is none
			limit = n
		}
	}
	return limit
}

func memTotal(root fs.FS) (int64, bool) {
	f, err := root.Open("proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer f.Close() //nolint:errcheck // read only
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "MemTotal:"); ok {
			if kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64); err == nil {
				return kb << 10, true
			}
		}
	}
	return 0, false
}

// cgroupDepthMax bounds how far up limits are looked for.
const cgroupDepthMax = 64

// cgroupFiles are the files of that name of the cgroup of this process and of all above it:
// of version 2, or of version 1 where a controller is named. In a container with a namespace
// of its own its cgroup is the root of what it sees.
func cgroupFiles(root fs.FS, mount, controller, file string) (list []string) {
	dir := "/"
	if b, err := fs.ReadFile(root, "proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(b)) {
			fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
			if len(fields) == 3 && (fields[0] == "0") == (controller == "") && slices.Contains(strings.Split(fields[1], ","), controller) {
				dir = path.Clean("/" + fields[2])
			}
		}
	}
	for range cgroupDepthMax {
		list = append(list, strings.TrimPrefix(path.Join(mount, dir, file), "/"))
		if dir == "/" {
			break
		}
		dir = path.Dir(dir)
	}
	return list
}
