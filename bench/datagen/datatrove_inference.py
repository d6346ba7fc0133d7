"""The same requests by datatrove's InferenceRunner: requests under way, and CPU of the run for each.

    go run ./bench/datagen/lanes -serve 127.0.0.1:8139 -documents 2000 &
    python bench/datagen/datatrove_inference.py 2000 256 FOLDER [checkpoints]    # datatrove[inference] 0.10.1

The stub is a server of type "endpoint". With checkpoints the runner keeps each answer, as ours does:
in a SQLite file (aiosqlite), and documents in files of a chunk.
"""

import json
import os
import resource
import sys
import time
import urllib.request

from datatrove.data import Document
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.writers import JsonlWriter

STUB = "http://127.0.0.1:8139"


def documents(count):
    for i in range(count):
        yield Document(id=str(i), text=" ".join(f"w{i}x{n * n % 1009}" for n in range(100)))


async def rewrite(document, generate):
    answer = await generate({"messages": [{"role": "user", "content": "Say this in other words:\n\n" + document.text}], "max_tokens": 1024})
    return {"text": answer.text, "finish_reason": answer.finish_reason}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    count, most, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    checkpoints = os.path.join(folder, "checkpoints") if sys.argv[4:] == ["checkpoints"] else None
    runner = InferenceRunner(
        rollout_fn=rewrite,
        config=InferenceConfig(server_type="endpoint", endpoint_url=STUB, model_name_or_path="m", max_concurrent_generations=most),
        output_writer=JsonlWriter(os.path.join(folder, "out"), output_filename="${rank}_${chunk_index}.jsonl.gz"),
        checkpoints_local_dir=checkpoints,
        records_per_chunk=500,
    )
    before, start = processor_seconds(), time.monotonic()
    runner.run(documents(count))
    cpu, wall = processor_seconds() - before, time.monotonic() - start
    with urllib.request.urlopen(STUB + "/stats") as answer:
        stats = json.load(answer)
    print(f"{stats['Requests']} requests, {wall:.1f} s; at most {stats['Most']} under way, {100 * stats['Share']:.1f} % of {most} "
          f"from when that was first reached until the last requests; {1e6 * cpu / count:.0f} µs of CPU a request")


if __name__ == "__main__":
    main()
