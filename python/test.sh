#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh virtual environment and runs its tests there. With
# --arrow pyarrow is installed too: without it reading parts is not tested.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wheel=${WHEEL:-}
if [ -z "$wheel" ]; then
  OUT="$work/dist" ./build.sh
  wheel=$(ls "$work"/dist/*.whl)
fi
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
if [ "${1:-}" = --arrow ]; then
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyarrow>=14'
fi
PATH="$work/venv/bin:$PATH" "$work/venv/bin/python" -m unittest -v tests/test_corpusmill.py
