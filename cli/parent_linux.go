package cli

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// watchParent closes the channel when the parent ends, however it does. It asks for the end
// of the process by a descriptor: PR_SET_PDEATHSIG goes by the thread that started the child,
// and thread pools, as Python's, end threads before their process.
func watchParent(ctx context.Context, parent int) (<-chan struct{}, error) {
	fd, err := unix.PidfdOpen(parent, 0)
	if err != nil { // before Linux 5.3, or not allowed here
		return pollParent(ctx, parent), nil
	}
	if os.Getppid() != parent { // it ended before, and the number may be another's
		return nil, errors.Join(errParent, unix.Close(fd))
	}
	gone := make(chan struct{})
	go func() {
		defer unix.Close(fd) //nolint:errcheck // nothing was written
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil && !errors.Is(err, unix.EINTR), n > 0:
				close(gone)
				return
			}
		}
	}()
	return gone, nil
}
