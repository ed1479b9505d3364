"""The benchmark runs and its figures belong together. How fast this machine is, is no matter of a test."""

from bench import intake
from bench.population import records
from tests.bench.test_make_conf import BENCH


def test_a_small_run(capfd):
    figures = intake.run(BENCH, customers=60, images=2, progress=print)
    assert figures["refused"] == 0
    assert figures["messages"] == 2 * sum(1 for _ in records(60))
    assert figures["pushed"] > 0
    baselines = ("one_at_a_time_per_second", "bare_rows_per_second", "acknowledgements_per_second")
    assert all(figures[name] > 0 for name in baselines)
