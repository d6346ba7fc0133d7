package store

import "errors"

func openS3(rest string, o Options) (Store, error) {
	return nil, errors.New("store: S3 is not built yet")
}
