#!/bin/bash
# A stand-in for sbatch, for tests and for trying a launch on one machine: it takes the script
# of a job array on standard input, as sbatch does, and runs all tasks of it here at once, with
# the variables that Slurm sets. Called scontrol, it notes what is put back into the queue.
#   mkdir bin; cp stand-in.sh bin/sbatch; cp stand-in.sh bin/scontrol; PATH=$PWD/bin:$PATH
set -u
if [ "$(basename "$0")" = scontrol ]; then
  echo "$*" >>"${STAND_IN_REQUEUED:-/dev/null}"
  exit 0
fi
range=
for word; do
  case $word in --array=*) range=${word#--array=} ;; esac
done
script=$(mktemp)
trap 'rm -f "$script"' EXIT
cat >"$script"
# The options of the script must be those of sbatch.
unknown=$(sed -n 's/^#SBATCH --\([a-z-]*\).*/\1/p' "$script" |
  grep -vxE 'job-name|cpus-per-task|mem|time|partition|account|requeue|open-mode|signal|qos')
[ -z "$unknown" ] || { echo "sbatch: unrecognized option '--$unknown'" >&2; exit 1; }
first=${range%-*} last=${range#*-}
tasks=()
for ((i = first; i <= last; i++)); do
  SLURM_ARRAY_JOB_ID=$$ SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=$((last - first + 1)) \
    SLURM_ARRAY_TASK_MIN=$first SLURM_ARRAY_TASK_MAX=$last SLURM_JOB_ID=$(($$ + i)) \
    SLURM_CPUS_PER_TASK=$(sed -n 's/^#SBATCH --cpus-per-task=//p' "$script") \
    bash "$script" </dev/null >"${STAND_IN_LOGS:-.}/slurm-$$_$i.out" 2>&1 &
  tasks+=($!)
done
echo "Submitted batch job $$"
failed=0
for task in "${tasks[@]}"; do wait "$task" || failed=1; done
exit $failed
