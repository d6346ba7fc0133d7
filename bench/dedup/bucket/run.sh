#!/usr/bin/env bash
# Deduplicates buckets of near-identical documents and says what each costs:
# user CPU (s), wall clock (s), peak memory (KiB). Needs GNU time.
#   bench/dedup/bucket/run.sh FOLDER [MEMORY] [WORKERS] [DOCUMENTS...]
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=$1 memory=${2:-512MiB} workers=${3:-2}
shift $(($# < 3 ? $# : 3))
[ $# -gt 0 ] || set -- 250000 500000 1000000 2000000
mkdir -p "$folder"
go build -o "$folder/corpusmill" ./cmd/corpusmill
go build -o "$folder/bucket" ./bench/dedup/bucket
for n; do
  rm -rf "$folder/in" "$folder/run"
  "$folder/bucket" -n "$n" -out "$folder/in"
  cat >"$folder/bucket.yaml" <<YAML
name: bucket
source: { jsonl: { paths: ["$folder/in/*.jsonl"] } }
stages: [minhash]
sink: { jsonl: {} }
YAML
  /usr/bin/time -f "$n documents: user %U s, wall %e s, peak %M KiB" \
    "$folder/corpusmill" run "$folder/bucket.yaml" --run "$folder/run" --memory "$memory" --workers "$workers" --temp "$folder" 2>"$folder/log-$n" || true
  tail -1 "$folder/log-$n"
done
rm -rf "$folder/in" "$folder/run"
