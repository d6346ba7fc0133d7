// Package folderlock keeps two processes of one machine out of one folder.
package folderlock

import "errors"

// ErrHeld means that another process holds the lock.
var ErrHeld = errors.New("another process holds the folder")
