"""The benchmark runs and its figures belong together. How fast this machine is, is no matter of a test."""

from bench import intake
from bench.population import records
from tests.bench.test_make_conf import BENCH


def test_a_small_run(capfd):
    figures = intake.run(BENCH, customers=20, images=2, progress=print)
    assert figures["refused"] == 0
    assert figures["messages"] == 2 * sum(1 for _ in records(20))
    assert figures["pushed"] > 0
    rates = [name for name in figures if name.endswith("_per_second")]
    assert len(rates) == 4
    assert all(figures[name] > 0 for name in rates)
