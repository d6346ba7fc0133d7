#!/usr/bin/env bash
# What sharing costs: PIPELINE (which reads IN/* and writes to OUT) over the first N archives of
# DIR, on one core, on two, by two processes that share a run folder, by two runs of half of
# them each side by side, and by keys through a child on each core, as the launchers do.
# Wall and CPU seconds; the wall says something on a quiet machine alone.
#   [WHAT="one keys"] bench/cluster/cores.sh PROGRAM PIPELINE DIR [N]
set -euo pipefail
program=$(realpath "$1") pipeline=$(realpath "$2") archives=$(realpath "$3") n=${4:-16}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/all" "$dir/half0" "$dir/half1"
i=0
for f in $(find -L "$archives" -type f | sort | head -n "$n"); do
  ln -s "$f" "$dir/all/"; ln -s "$f" "$dir/half$((i++ % 2))/"
done
yaml() { sed "s#IN/#$dir/$1/#; s#OUT#$dir/$2/out#" "$pipeline" > "$dir/$2.yaml"; } # INPUT NAME
work() { taskset -c "$1" "$program" run "$dir/$3.yaml" --run "$dir/$3/run" --workers "$2" --json; } # CORES WORKERS NAME
bykey() { # CORE NAME: half of what is listed
  awk -v c="$1" 'NR % 2 == c' "$dir/$2.tasks" | taskset -c "$1" "$program" task --run "$dir/$2/run" --workers 1 -
}
one() { work 0 1 one; }
two() { work 0,1 2 two; }
share() { work 0 1 share & work 1 1 share & wait; }
beside() { work 0 1 beside0 & work 1 1 beside1 & wait; }
keys() {
  while "$program" tasks "$dir/keys.yaml" --run "$dir/keys/run" --json > "$dir/keys.tasks" && [ -s "$dir/keys.tasks" ]; do
    bykey 0 keys & bykey 1 keys & wait
  done
  work 0,1 2 keys
}
yaml all one; yaml all two; yaml all share; yaml all keys; yaml half0 beside0; yaml half1 beside1
TIMEFORMAT="%R %U %S"
for what in ${WHAT:-one two share beside keys}; do
  { time "$what" >"$dir/$what.out" 2>"$dir/$what.err"; } 2>"$dir/$what.time" || { cat "$dir/$what.err"; exit 1; }
  awk -v w="$what" '{ printf "%-8s %8.1f s wall %8.1f s user %7.1f s system\n", w, $1, $2, $3 }' "$dir/$what.time"
done
for what in two share keys; do
  [ -d "$dir/$what/out" ] || continue
  diff -rq -x '_corpusmill*' "$dir/one/out" "$dir/$what/out" || { echo "$what: other bytes"; exit 1; }
done
