package cli

import (
	"testing"
	"testing/fstest"
)

// TestWorkersOf reads fake trees of both versions of cgroups: half a processor is one worker,
// one and a half are two, and the tightest quota of the cgroups above counts.
func TestWorkersOf(t *testing.T) {
	f := func(name string, want int, files map[string]string) {
		t.Helper()
		tree := fstest.MapFS{}
		for path, text := range files {
			tree[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := workersOf(tree, 8); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	f("nothing can be read", 8, nil)
	own := "0::/kubepods/pod1/c2\n"
	f("no quota", 8, map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"})
	f("half a processor", 1, map[string]string{"sys/fs/cgroup/cpu.max": "50000 100000\n"})
	f("one", 1, map[string]string{"sys/fs/cgroup/cpu.max": "100000 100000\n"})
	f("a little more", 2, map[string]string{"sys/fs/cgroup/cpu.max": "100001 100000\n"})
	f("one and a half", 2, map[string]string{"sys/fs/cgroup/cpu.max": "150000 100000\n"})
	f("another period", 3, map[string]string{"sys/fs/cgroup/cpu.max": "30000 10000\n"})
	f("a very small one", 1, map[string]string{"sys/fs/cgroup/cpu.max": "1 100000\n"})
	f("more than the machine has", 8, map[string]string{"sys/fs/cgroup/cpu.max": "6400000 100000\n"})
	f("its own", 2, map[string]string{"proc/self/cgroup": own, "sys/fs/cgroup/kubepods/pod1/c2/cpu.max": "200000 100000\n", "sys/fs/cgroup/kubepods/cpu.max": "max 100000\n"})
	f("above it", 1, map[string]string{"proc/self/cgroup": own, "sys/fs/cgroup/kubepods/pod1/c2/cpu.max": "200000 100000\n", "sys/fs/cgroup/kubepods/cpu.max": "50000 100000\n"})
	f("of another cgroup", 8, map[string]string{"proc/self/cgroup": own, "sys/fs/cgroup/kubepods/pod1/c3/cpu.max": "100000 100000\n"})
	f("torn", 8, map[string]string{"sys/fs/cgroup/cpu.max": "1000"})
	f("no numbers", 8, map[string]string{"sys/fs/cgroup/cpu.max": "a b"})
	f("a period of nothing", 8, map[string]string{"sys/fs/cgroup/cpu.max": "100000 0"})
	first := "12:cpu,cpuacct:/docker/abc\n5:memory:/x\n0::/\n"
	f("version 1", 2, map[string]string{"proc/self/cgroup": first, "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "150000\n", "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n"})
	f("version 1, no quota", 8, map[string]string{"proc/self/cgroup": first, "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "100000\n"})
	f("version 1, of a container", 1, map[string]string{"proc/self/cgroup": first, "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"})
	f("version 1, torn", 8, map[string]string{"proc/self/cgroup": first, "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n"})
}
