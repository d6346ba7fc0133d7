package cli

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// defaultWorkers is how many documents are worked on at once: as many as GOMAXPROCS says
// where it is set, else one for each processor that this process may use. The runtime of Go
// takes two at least, however small the quota of the cgroup is.
func defaultWorkers() int {
	most := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") != "" {
		return most
	}
	return workersOf(os.DirFS("/"), most)
}

// workersOf reads the quotas of a tree of files: the tightest one, rounded up to whole
// processors, at least one and at most most.
func workersOf(root fs.FS, most int) int {
	quota := float64(most)
	for _, name := range cgroupFiles(root, "sys/fs/cgroup", "", "cpu.max") {
		b, err := fs.ReadFile(root, name)
		if fields := strings.Fields(string(b)); err == nil && len(fields) == 2 {
			quota = min(quota, quotaOf(fields[0], fields[1]))
		}
	}
	for _, mount := range []string{"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"} {
		for _, name := range cgroupFiles(root, mount, "cpu", "cpu.cfs_quota_us") {
			of, err := fs.ReadFile(root, name)
			period, perr := fs.ReadFile(root, path.Join(path.Dir(name), "cpu.cfs_period_us"))
			if err == nil && perr == nil {
				quota = min(quota, quotaOf(strings.TrimSpace(string(of)), strings.TrimSpace(string(period))))
			}
		}
	}
	return max(int(math.Ceil(quota)), 1)
}

// quotaOf is how many processors a quota of microseconds in a period is; infinite for max, -1
// and what is no number.
func quotaOf(quota, period string) float64 {
	q, err := strconv.ParseInt(quota, 10, 64)
	p, perr := strconv.ParseInt(period, 10, 64)
	if err != nil || perr != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return float64(q) / float64(p)
}
