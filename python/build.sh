#!/usr/bin/env bash
# Builds the wheel of this machine, or of GOOS and GOARCH, into python/dist. It needs Go and
# Python, and no network but that of the Go modules.
set -euo pipefail
cd "$(dirname "$0")/.."
os=${GOOS:-$(go env GOOS)} arch=${GOARCH:-$(go env GOARCH)}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -tags slim -ldflags='-s -w' -o "$program" ./cmd/corpusmill
"${PYTHON:-python3}" python/build.py "$program" --platform "$os-$arch" --out "${OUT:-python/dist}"
