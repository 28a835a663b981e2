"""A Dask cluster on this machine.

It has as many worker processes as Millrace, each with one thread because of Python's GIL.
"""

import os


def start(workers: int):
    # Set before the import, which reads the configuration. By default, the scheduler gives a worker
    # hardly more tasks than it has threads, so that each waits for a round trip: 7 s instead of 2
    # for 2,000 no-op tasks.
    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION"] = "inf"
    from dask.distributed import Client

    return Client(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        # Use the machine's memory, without spilling small data to disk.
        memory_limit=0,
    )
