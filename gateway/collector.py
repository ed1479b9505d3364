"""The garbage collector of a process that has built what it needs."""

import gc


def spare_collector() -> None:
    """What was built lives as long as the process: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
