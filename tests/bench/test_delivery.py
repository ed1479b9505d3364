"""The benchmark runs and its figures belong together. How fast this machine is, is no matter of a test."""

from bench import delivery
from tests.bench.test_make_conf import BENCH


def test_a_small_run():
    told = []
    figures = delivery.run(BENCH, count=60, progress=told.append)
    assert (figures["pushes"], figures["pushed_twice"]) == (40, 0)
    rates = [name for name in figures if name.endswith("_per_second")]
    assert len(rates) == 3
    assert all(figures[name] > 0 for name in rates)
    assert told[-1] == "the same pushes, without sockets"
