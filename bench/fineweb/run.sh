#!/usr/bin/env bash
# Measures the whole fineweb recipe on one WARC: user CPU and peak memory of
# corpusmill on one core and on two, and of datatrove's same recipe on one core
# where a Python that has datatrove is named, and both by stage. Runs are interleaved, so that a busy
# hour hits all alike; the table shows the least of the rounds.
#
#   bench/fineweb/run.sh FILE.warc.gz [ROUNDS]
#
#   DATATROVE_PYTHON  a Python with datatrove 0.10.1; without it, ours alone
#   DATATROVE_FTZ     path of lid.176.ftz, its language model
#   DATATROVE_SCRIPT  the recipe (default ../shared/peers/run_datatrove.py)
#   DATATROVE_TOKENIZER  a tokenizer.json to count tokens with (default: none are counted)
set -euo pipefail
cd "$(dirname "$0")/../.."

warc=$(realpath "${1:?usage: bench/fineweb/run.sh FILE.warc.gz [ROUNDS]}")
rounds=${2:-3}
script=${DATATROVE_SCRIPT:-../shared/peers/run_datatrove.py}
gnu_time=$(type -P time || true)
[ -n "$gnu_time" ] || { echo "needs GNU time (the package 'time')" >&2; exit 1; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -trimpath -o "$tmp/corpusmill" ./cmd/corpusmill

# measure NAME COMMAND...: appends "user system wall rss_kib" to $tmp/NAME
measure() {
  local name=$1
  shift
  if ! "$gnu_time" -a -o "$tmp/$name" -f '%U %S %e %M' "$@" >"$tmp/$name.log" 2>&1; then
    tail -20 "$tmp/$name.log" >&2
    echo "$name failed" >&2
    return 1
  fi
}

ours() { # ours NAME CORES
  local cpus=0
  [ "$2" = 1 ] || cpus=0-$(($2 - 1))
  rm -rf "$tmp/run"
  measure "$1" taskset -c "$cpus" env GOMAXPROCS="$2" "$tmp/corpusmill" run pipelines/fineweb.yaml \
    --set "source.warc.paths=[\"$warc\"]" --run "$tmp/run" --workers "$2"
  cp "$tmp/run/stats.json" "$tmp/$1.stats.json"
  cp "$tmp/run/timings.json" "$tmp/$1.timings.json"
}

theirs() {
  measure datatrove taskset -c 0 "$DATATROVE_PYTHON" "$script" "$warc" "$tmp/datatrove.out" \
    --ftz "${DATATROVE_FTZ:?path of lid.176.ftz}" --tokenizer "${DATATROVE_TOKENIZER:-}"
}

names=(one two)
if [ -n "${DATATROVE_PYTHON:-}" ] && [ -e "$script" ]; then
  names+=(datatrove)
else
  echo "datatrove is left out: set DATATROVE_PYTHON and DATATROVE_FTZ (recipe: $script)" >&2
fi
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  ours one 1
  ours two 2
  [ ${#names[@]} -lt 3 ] || theirs
done

cmp -s "$tmp/one.stats.json" "$tmp/two.stats.json" || { echo "one core and two gave different statistics" >&2; exit 1; }

mib=$(awk -v b="$(stat -c %s "$warc")" 'BEGIN { printf "%.1f", b / 1e6 }')
documents=$(grep -o '"documents": *[0-9]*' "$tmp/one.stats.json" | tail -1 | tr -dc 0-9)
tokens=$(grep -o '"tokens": *[0-9]*' "$tmp/one.stats.json" | tail -1 | tr -dc 0-9)
echo "$(basename "$warc"), $mib MB; kept $documents documents, $tokens tokens; least of $rounds rounds"
echo
echo "| program | cores | user CPU s | user + system s | wall s | MB/s of WARC a core | peak memory MiB |"
echo "|---|---|---|---|---|---|---|"
# The least of each column: noise of a shared machine only ever adds.
row() { # row LABEL CORES NAME
  awk -v label="$1" -v cores="$2" -v mb="$mib" '
    NR == 1 || $1 < u { u = $1 } NR == 1 || $1 + $2 < c { c = $1 + $2 }
    NR == 1 || $3 < w { w = $3 } $4 > m { m = $4 }
    END { printf "| %s | %d | %.1f | %.1f | %.1f | %.2f | %d |\n", label, cores, u, c, w, mb / c, m / 1024 }' "$tmp/$3"
}
row corpusmill 1 one
row corpusmill 2 two
[ ${#names[@]} -lt 3 ] || row "datatrove (with the start of Python)" 1 datatrove
echo
awk '{ if (FNR == 1) f++; if (f == 1 && (FNR == 1 || $3 < a)) a = $3; if (f == 2 && (FNR == 1 || $3 < b)) b = $3 }
  END { printf "two cores are %.2f times as fast as one (wall)\n", a / b }' "$tmp/one" "$tmp/two"
if [ ${#names[@]} -ge 3 ]; then
  awk '{ if (FNR == 1) f++; if (f == 1 && (FNR == 1 || $1 < a)) a = $1; if (f == 2 && (FNR == 1 || $1 < b)) b = $1 }
    END { printf "corpusmill takes 1/%.1f of the user CPU of datatrove on one core\n\n", b / a }' "$tmp/one" "$tmp/datatrove"
  echo "The last round by stage:"
  echo
  "$DATATROVE_PYTHON" bench/fineweb/stages.py "$tmp/one.timings.json" "$(awk 'END { print $1 }' "$tmp/one")" "$tmp/datatrove.out/report.json"
fi
