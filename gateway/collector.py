"""The garbage collector of a process that has built what it needs."""

import gc


def spare_collector() -> None:
    """What was built lives as long as the process: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def let_go() -> None:
    """After conf was replaced: compiled rules and what they remember hold one another in circles, and with
    these thresholds a dozen old ones would lie about before the collector came by."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
