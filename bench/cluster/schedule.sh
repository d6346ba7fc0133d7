#!/usr/bin/env bash
# What scheduling costs: TASKS tasks of one tiny document each, by PROCESSES processes of one
# worker that share a run folder below DIR (default a folder in memory).
#   bench/cluster/schedule.sh PROGRAM TASKS PROCESSES [DIR]
set -euo pipefail
program=$1 tasks=$2 processes=$3
dir=$(mktemp -d -p "${4:-/dev/shm}")
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/in"
awk -v n="$tasks" -v d="$dir/in" 'BEGIN { for (i = 0; i < n; i++) { f = sprintf("%s/%07d.jsonl", d, i); printf "{\"text\":\"number %d of them\"}\n", i > f; close(f) } }'
cat > "$dir/p.yaml" <<YAML
packs: { files: 1 }
source: { jsonl: { paths: ["$dir/in/*.jsonl"] } }
sink: { jsonl: { dir: "$dir/out", part_bytes: 16KiB } }
rejects: { jsonl: { dir: "$dir/rejects" } }
YAML
start=$(date +%s.%N)
for i in $(seq "$processes"); do
  /usr/bin/time -f "%U %S %M" -o "$dir/time.$i" "$program" run "$dir/p.yaml" --run "$dir/run" --workers 1 --memory 2GiB --json >"$dir/sum.$i" 2>"$dir/err.$i" &
done
wait
end=$(date +%s.%N)
cat "$dir"/time.* | awk -v n="$tasks" -v p="$processes" -v w="$(echo "$end $start" | awk '{print $1-$2}')" '
  { u += $1; s += $2; if ($3 > m) m = $3 }
  END { printf "%d tasks, %d processes: %.1f s wall, %.0f tasks/s; CPU %.2f ms user + %.2f ms system a task; largest RSS %.0f MiB\n", n, p, w, n/w, u*1000/n, s*1000/n, m/1024 }'
sed 's/"passes".*//' "$dir"/sum.* | grep -ho '"tasks_run":[0-9]*' | awk -F: -v n="$tasks" '{ r += $2 } END { printf "tasks run: %d\n", r }'
grep -l . "$dir"/err.* | wc -l | xargs echo "processes that said something:"
