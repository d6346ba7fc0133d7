#!/usr/bin/env bash
# run.sh CORPUSMILL TEXTS.jsonl.gz [DOCUMENTS] [KILLS]: the recipe mdfs-zh on a generated corpus, once
# whole and once killed and gone on with; prints the report and compares parts, rejects and statistics.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mill=$1 texts=$2 documents=${3:-100000} kills=${4:-5}
work=${WORK:-$(mktemp -d)}
[ -e "$work/in/done" ] || { python3 "$here/generate.py" "$texts" "$work/in" "$documents"; touch "$work/in/done"; }
args=("$here/../../pipelines/mdfs-zh.yaml" --workers "${WORKERS:-2}" --memory "${MEMORY:-3GiB}" --set "source.warc.paths=[\"$work/in/*.warc.gz\"]")
rm -rf "$work/whole" "$work/killed"
start=$(date +%s)
"$mill" run "${args[@]}" --run "$work/whole"
took=$(($(date +%s) - start))
for ((i = 1; i <= kills; i++)); do
  "$mill" run "${args[@]}" --run "$work/killed" >/dev/null 2>&1 &
  pid=$!
  sleep $((took * 2 / (kills * 3) + 1))
  if kill -9 "$pid" 2>/dev/null; then echo "killed after $((took * 2 / (kills * 3) + 1)) s, $(find "$work/killed/commits" -name '*.json' 2>/dev/null | wc -l) commits"; fi
  wait "$pid" 2>/dev/null || true
done
"$mill" run "${args[@]}" --run "$work/killed" --claim-expiry 2s
for part in parts rejects stats.json; do
  diff -r -x _corpusmill.json "$work/whole/$part" "$work/killed/$part" >/dev/null && echo "same $part" || echo "other $part"
done
"$mill" verify "$work/whole"
"$mill" show "$work/whole"
