#!/bin/sh
set -e
sbatch --array=0-999 <<'CORPUSMILL_ARRAY'
#!/bin/bash
#SBATCH --job-name=one
#SBATCH --cpus-per-task=16
#SBATCH --mem=65536M
#SBATCH --time=90
#SBATCH --partition=cpu
#SBATCH --account=me
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --qos=low
module load corpusmill
corpusmill run odd.yaml --run '/mnt/it'\''s here' --set seed=3 --workers 16 --memory 52428MiB --exit-when-idle 1h --rank "$SLURM_ARRAY_TASK_ID" --world-size 2500 &
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
sbatch --array=0-999 <<'CORPUSMILL_ARRAY'
#!/bin/bash
#SBATCH --job-name=one
#SBATCH --cpus-per-task=16
#SBATCH --mem=65536M
#SBATCH --time=90
#SBATCH --partition=cpu
#SBATCH --account=me
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --qos=low
module load corpusmill
corpusmill run odd.yaml --run '/mnt/it'\''s here' --set seed=3 --workers 16 --memory 52428MiB --exit-when-idle 1h --rank "$((1000 + SLURM_ARRAY_TASK_ID))" --world-size 2500 &
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
sbatch --array=0-499 <<'CORPUSMILL_ARRAY'
#!/bin/bash
#SBATCH --job-name=one
#SBATCH --cpus-per-task=16
#SBATCH --mem=65536M
#SBATCH --time=90
#SBATCH --partition=cpu
#SBATCH --account=me
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --qos=low
module load corpusmill
corpusmill run odd.yaml --run '/mnt/it'\''s here' --set seed=3 --workers 16 --memory 52428MiB --exit-when-idle 1h --rank "$((2000 + SLURM_ARRAY_TASK_ID))" --world-size 2500 &
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
