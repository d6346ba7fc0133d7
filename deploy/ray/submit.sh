set -e
corpusmill tasks fineweb --run s3://bucket/runs/fineweb >/dev/null
ray job submit --no-wait --metadata-json '{"name":"corpusmill-fineweb"}' -- python3 -m corpusmill.ray s3://bucket/runs/fineweb --cpus 4 --memory 16384MiB --workers 100 --retries 5
