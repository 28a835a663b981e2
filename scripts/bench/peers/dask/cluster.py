"""A Dask on this machine.

As many worker processes as Millrace has, each with one thread, as Python's lock wants it.
"""

import os


def start(workers: int):
    # Before the import: Dask reads its configuration there. The work is short, and nobody watches
    # it.
    os.environ.setdefault("DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL", "1s")
    os.environ.setdefault("DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING", "false")
    from dask.distributed import Client

    return Client(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        # Of the machine's own memory, without spilling what is small.
        memory_limit=0,
    )
