//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package modelfile

import (
	"os"
	"syscall"
)

// CanMap tells whether this system's files can be mapped.
const CanMap = true

// mapFile maps the first size bytes of f for reading. size is not 0.
func mapFile(f *os.File, size int64) ([]byte, error) {
	if size != int64(int(size)) {
		return nil, syscall.EFBIG
	}
	return syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
}

func unmapFile(data []byte) error { return syscall.Munmap(data) }
