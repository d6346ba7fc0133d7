//go:build !linux

package cli

import "context"

func watchParent(ctx context.Context, parent int) (<-chan struct{}, error) {
	return pollParent(ctx, parent), nil
}
