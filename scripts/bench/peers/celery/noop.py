"""Celery: a task is a batch, one worker.

Durable: each task's result, in Redis with an append-only file.

`noop.py <batches> <items a batch>` with BENCH_REDIS_URL -> JSON of `{seconds}`, from the time a
worker is ready until the last result is stored. All tasks are queued first, like Millrace's
batches.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from tasks import app, predict

POLL_SECONDS = 0.01


def main(batches: int, batch_size: int) -> float:
    redis = app.backend.client
    redis.flushdb()
    with app.producer_pool.acquire(block=True) as producer:
        for batch in range(batches):
            payload = list(range(batch * batch_size, (batch + 1) * batch_size))
            predict.apply_async((payload,), producer=producer)
    # "solo" runs tasks in the worker's own process, without a hop to a child, as Millrace has one
    # predictor per worker. For no-op tasks it was faster than "prefork" with one child.
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "tasks", "worker"),
            *("--pool", "solo", "--concurrency", "1", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        cwd=Path(__file__).parent,
        stdout=sys.stderr,
    )
    try:
        results = 0
        while results < batches:
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended with exit code {worker.returncode}")
            time.sleep(POLL_SECONDS)
            # Every result is a key of its own; the queue adds only a few more keys.
            if redis.dbsize() >= batches:
                results = sum(1 for _ in redis.scan_iter("celery-task-meta-*", count=10_000))
        ended = time.time()
        return ended - float(redis.get("bench-ready"))
    finally:
        worker.terminate()
        worker.wait()
        redis.flushdb()


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*map(int, sys.argv[1:3]))}))
