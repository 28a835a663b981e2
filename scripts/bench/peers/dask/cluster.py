"""A Dask on this machine.

As many worker processes as Millrace has, each with one thread, as Python's lock wants it.
"""

import os


def start(workers: int):
    # Before the import, where Dask reads its configuration. By default the scheduler gives a worker
    # hardly more tasks than it has threads, so that each waits for a round trip: 7 s instead of 2
    # for 2,000 tasks that do nothing.
    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION"] = "inf"
    from dask.distributed import Client

    return Client(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        # Of the machine's own memory, without spilling what is small.
        memory_limit=0,
    )
