set -e
corpusmill tasks fineweb --run s3://bucket/runs/fineweb >/dev/null
spark-submit --name corpusmill-fineweb --num-executors 100 --executor-cores 4 --executor-memory 1g --conf spark.executor.memoryOverhead=16384m --conf spark.task.cpus=4 --conf spark.task.maxFailures=6 "$(python3 -m corpusmill where spark)" s3://bucket/runs/fineweb --cpus 4 --memory 16384MiB --workers 100
