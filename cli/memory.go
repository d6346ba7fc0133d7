package cli

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// systemMemory is the tightest of the cgroup's limits and the machine's memory, in
// bytes; 4 GiB where none can be read. The processors of a cgroup the runtime of Go knows:
// --workers is GOMAXPROCS by default.
func systemMemory() int64 { return memoryOf(os.DirFS("/")) }

// memoryOf reads the limits of a tree of files.
func memoryOf(root fs.FS) int64 {
	limit := int64(4 << 30)
	if n, ok := memTotal(root); ok {
		limit = n
	}
	for _, name := range limitFiles(root) {
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

// limitFiles are the files that may hold a limit of this process: of its cgroup and of all
// above it, in versions 1 and 2. In a container with a namespace of its own its cgroup is the
// root of what it sees.
func limitFiles(root fs.FS) (list []string) {
	v2, v1 := "/", "/"
	if b, err := fs.ReadFile(root, "proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(b)) {
			fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
			switch {
			case len(fields) < 3:
			case fields[0] == "0" && fields[1] == "":
				v2 = fields[2]
			case strings.Contains(","+fields[1]+",", ",memory,"):
				v1 = fields[2]
			}
		}
	}
	up := func(mount, dir, file string) {
		dir = path.Clean("/" + dir)
		for range cgroupDepthMax {
			list = append(list, strings.TrimPrefix(path.Join(mount, dir, file), "/"))
			if dir == "/" {
				return
			}
			dir = path.Dir(dir)
		}
	}
	up("sys/fs/cgroup", v2, "memory.max")
	up("sys/fs/cgroup", v2, "memory.high")
	up("sys/fs/cgroup/memory", v1, "memory.limit_in_bytes")
	return list
}
