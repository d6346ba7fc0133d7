package cli

import (
	"testing"
	"testing/fstest"
)

// TestMemoryOf reads fake trees of both versions of cgroups: the limit of the own cgroup, of
// one above it, of a container whose cgroup is the root, and none.
func TestMemoryOf(t *testing.T) {
	const machine = "MemFree: 1 kB\nMemTotal:       16777216 kB\n"
	f := func(name string, want int64, files map[string]string) {
		t.Helper()
		tree := fstest.MapFS{}
		for path, text := range files {
			tree[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := memoryOf(tree); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	f("nothing can be read", 4<<30, nil)
	f("the machine alone", 16<<30, map[string]string{"proc/meminfo": machine})
	f("version 2, no limit", 16<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"})
	f("version 2, of a container", 2<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "2147483648\n"})
	f("version 2, its own", 1<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/kubepods/pod1/c2\n",
		"sys/fs/cgroup/kubepods/pod1/c2/memory.max": "1073741824\n", "sys/fs/cgroup/kubepods/memory.max": "max\n"})
	f("version 2, above it", 3<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/kubepods/pod1/c2\n",
		"sys/fs/cgroup/kubepods/pod1/c2/memory.max": "max\n", "sys/fs/cgroup/kubepods/memory.max": "3221225472\n"})
	f("version 2, where it is slowed", 2<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a\n",
		"sys/fs/cgroup/a/memory.max": "4294967296\n", "sys/fs/cgroup/a/memory.high": "2147483648\n"})
	f("version 1", 1<<30, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "12:cpu,cpuacct:/x\n5:memory:/docker/abc\n0::/\n",
		"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1073741824\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"})
	f("version 1, of a container", 512<<20, map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "5:memory:/docker/abc\n",
		"sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n"})
	f("more than the machine has", 16<<30, map[string]string{"proc/meminfo": machine, "sys/fs/cgroup/memory.max": "99999999999999\n"})
}
