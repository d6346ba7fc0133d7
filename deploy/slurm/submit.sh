#!/bin/sh
set -e
sbatch --array=0-99 <<'CORPUSMILL_ARRAY'
#!/bin/bash
#SBATCH --job-name=corpusmill-fineweb
#SBATCH --cpus-per-task=4
#SBATCH --mem=16384M
#SBATCH --time=1440
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
corpusmill run fineweb --run s3://bucket/runs/fineweb --workers 4 --memory 13107MiB --exit-when-idle 10m --rank "$SLURM_ARRAY_TASK_ID" --world-size 100 &
worker=$!
stopped=
trap 'stopped=1; kill -TERM "$worker"' TERM
wait "$worker"
code=$?
while kill -0 "$worker" 2>/dev/null; do wait "$worker"; code=$?; done
if [ "$code" -eq 75 ]; then
  code=0
  if [ -n "$stopped" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 100 ]; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
  fi
fi
exit "$code"
CORPUSMILL_ARRAY
