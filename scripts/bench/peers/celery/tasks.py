"""The benchmark's Celery application: one no-op task per batch."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import worker_ready

URL = os.environ["BENCH_REDIS_URL"]

app = Celery("bench", broker=URL, backend=URL)
app.conf.update(
    # As late as Millrace's commit: a task leaves the queue once its result is stored.
    task_acks_late=True,
    # The guide recommends this for many short tasks: "say 64, or 128".
    worker_prefetch_multiplier=128,
    # Costs time per task, and the benchmark does not use it.
    worker_send_task_events=False,
    task_send_sent_event=False,
    worker_enable_remote_control=False,
    result_expires=None,
)


@app.task
def predict(payload: list[Any]) -> list[Any]:
    return payload


@worker_ready.connect
def note_ready(**_: Any) -> None:
    app.backend.client.set("bench-ready", time.time())
