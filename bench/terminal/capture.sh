#!/usr/bin/env bash
# capture.sh [--check]: screens of runs in two sizes of a terminal, see README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$(mktemp -d)
session=corpusmill-capture-$$
out=$here
[ "${1:-}" != --check ] || out=$work/screens
mkdir -p "$out" "$work/bin" "$work/at"
trap 'tmux kill-session -t "$session" 2>/dev/null || true; rm -rf "$work"' EXIT
if [ -n "${CORPUSMILL:-}" ]; then cp "$CORPUSMILL" "$work/bin/corpusmill"; else go build -C "$root" -o "$work/bin/corpusmill" ./cmd/corpusmill; fi

cd "$work/at"
printf 'extends: quickstart\nstages:\n  - gopher_quality: { min_wrds: 3 }\n' > wrong.yaml
mkdir big
for i in $(seq 80); do cat "$root"/pipelines/demo/*.warc.gz; done > big/pages.warc.gz
printf 'extends: web-zh-en\nname: big\nsource: { warc: { paths: ["big/*.warc.gz"] } }\n' > big.yaml

# Times and rates differ from run to run.
plain() { sed -E 's/[0-9.]+ [kMGT]?B of memory/N GB of memory/; s/[0-9]+ workers?/N workers/; s/ in [0-9.:]+ (s|min)$/ in N s/; s/, [0-9.]+ [kMGT]?B\/s//; s/, [0-9.:]+ (s|min)$/, N s/; s/[0-9.:]+ left/N left/; s/ +$//'; }
figures() { plain | sed -E '/^(segment|exact|minhash|assemble|[0-9])/ { s/\[[#.]*\]/[...]/; s/[0-9][0-9.,]*/N/g; s/ +/ /g }'; }
screen() { tmux capture-pane -p -t "$session" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
type() { tmux send-keys -t "$session" "clear; $1" Enter; }
settled() { # waits until the prompt is back behind some output
  for _ in $(seq 600); do
    sleep 0.2
    if [ "$(screen | grep -c '^\$$')" -ge 1 ]; then return; fi
  done
}

for size in 80x24 120x40; do
  rm -rf runs
  tmux new-session -d -s "$session" -x "${size%x*}" -y "${size#*x}" "env PS1='\$ ' PATH=$work/bin:$PATH bash --norc --noprofile"
  sleep 1
  type 'corpusmill run quickstart'; sleep 1; settled
  screen | plain > "$out/run-$size.txt"
  [ "$size" = 120x40 ] || tmux capture-pane -e -p -t "$session" > "$work/screen.ansi"
  type 'corpusmill run quickstart'; sleep 1; settled
  screen | plain > "$out/again-$size.txt"
  type 'corpusmill run wrong.yaml'; sleep 1; settled
  screen | plain > "$out/error-$size.txt"
  type 'corpusmill run big.yaml --workers 1'; sleep 4
  tmux send-keys -t "$session" C-c; sleep 1; settled
  screen | figures > "$out/stopped-$size.txt"
  tmux kill-session -t "$session"
done
if [ "$out" = "$here" ]; then
  mkdir -p "$root/docs/img"
  python3 "$here/svg.py" < "$work/screen.ansi" > "$root/docs/img/terminal.svg"
else
  status=0
  for f in "$out"/*.txt; do diff -u "$here/$(basename "$f")" "$f" || status=1; done
  exit $status
fi
