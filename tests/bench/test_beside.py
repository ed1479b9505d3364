"""The benchmark runs and its figures belong together."""

import pytest

from bench import beside
from tests.bench.test_make_conf import BENCH
from tests.soak import soak_only


@pytest.mark.slow
@soak_only
def test_a_small_run():
    figures = beside.run(BENCH, customers=400, reads_per_second=100, seconds=2.0, wanted=1)
    assert figures["reads"] > 0
    assert figures["reads_ms"]["p99"] > 0
    assert figures["hub_alone"]["quiet"] > 0
    assert figures["p99_ratio"] > 0
