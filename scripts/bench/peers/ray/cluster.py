"""A Ray cluster on this machine, tuned for a benchmark.

No dashboard, no progress bars, one CPU more than actors.
"""

import logging


def start(workers: int) -> None:
    import ray

    # An actor keeps its CPU; reading and writing need another one, or have to wait for one.
    ray.init(
        num_cpus=workers + 1,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=1 << 30,
    )
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
