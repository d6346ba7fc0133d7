package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/store"
)

// folderFlags are the flags of commands that read run folders: how to reach an
// S3 store. Credentials come from the provider chain.
type folderFlags struct {
	server store.Server
	stores func(store.Server) store.Schemes // the program's
}

func (f *folderFlags) add(c *cobra.Command, p *program) {
	f.stores = p.app.Stores
	fl := c.Flags()
	fl.StringVar(&f.server.Endpoint, "s3-endpoint", "", "host:port of the S3 server of an s3:// run folder")
	fl.StringVar(&f.server.Region, "s3-region", "", "its region")
	fl.BoolVar(&f.server.PathStyle, "s3-path-style", false, "endpoint/bucket/key in place of bucket.endpoint/key")
	fl.BoolVar(&f.server.Insecure, "s3-insecure", false, "plain HTTP")
}

// open opens a run folder; a folder that is none is a usage error.
func (f *folderFlags) open(ctx context.Context, dir string) (*report.Folder, error) {
	if err := noFile(dir); err != nil {
		return nil, err
	}
	folder, err := report.Open(ctx, dir, f.server, f.stores)
	if errors.Is(err, report.ErrNoRun) {
		return nil, usageError{err}
	}
	return folder, err
}

// noFile is a usage error where a file stands in the place of a run folder, such as the
// pipeline of the run.
func noFile(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.Mode().IsRegular() {
		return usageError{fmt.Errorf("%s: this is a file: want the folder of a run, such as runs/NAME", dir)}
	}
	return nil
}
