set -e
corpusmill tasks odd.yaml --run s3://b/r >/dev/null
ray job submit --no-wait --metadata-json '{"name":"corpusmill-odd-name-with-a-long-tail-that-no-label"}' --address http://head:8265 --runtime-env-json '{"pip":["corpusmill","https://x.example/w.whl"]}' -- python3.12 -m corpusmill.ray s3://b/r --cpus 4 --memory 16384MiB --workers 1 --retries 0
