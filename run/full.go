package run

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/store"
)

// withRemedy says of an error of a full disk which disk it is and what to do.
func withRemedy(err error, o Options) error {
	file := store.FullAt(err)
	if file == "" {
		return err
	}
	where := "the disk of " + filepath.Dir(file)
	if d, ok := store.DiskOf(filepath.Dir(file)); ok {
		where = fmt.Sprintf("the disk at %s, %s", d.Mount, config.Bytes(d.Size).Human())
		if d.NoFiles {
			where += " with no inode left for another file"
		}
	}
	other := ""
	if filepath.Dir(file) == filepath.Clean(cmp.Or(o.TempDir, os.TempDir())) && strings.HasPrefix(filepath.Base(file), "corpusmill-") {
		other = ", or name another folder for spilled sorts with --temp,"
	}
	return fmt.Errorf("%w: %s, is full: make room there%s and run the same line again; what was committed is kept", err, where, other)
}
