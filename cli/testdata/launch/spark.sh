set -e
corpusmill tasks odd.yaml --run s3://b/r --set 'stages=[]' >/dev/null
spark-submit --name corpusmill-odd-name-with-a-long-tail-that-no-label --master yarn --num-executors 1 --executor-cores 4 --executor-memory 1g --conf spark.executor.memoryOverhead=16384m --conf spark.task.cpus=4 --conf spark.task.maxFailures=1 --conf spark.yarn.queue=low --conf 'a=b c' --files "$(python3 -m corpusmill where program)" "$(python3 -m corpusmill where spark)" s3://b/r --cpus 4 --memory 16384MiB --workers 1
