//go:build !(linux || darwin || freebsd)

package store

// DiskOf cannot be told here.
func DiskOf(string) (Disk, bool) { return Disk{}, false }
