"""The benchmark runs and its figures belong together. How fast this machine is, is no matter of a test."""


import pytest

from bench import load
from tests.gateway.cli.conftest import CONF
from tests.gateway.loading.files import CODECS
from tests.soak import soak_only


def test_every_fifth_customer_was_there_before():
    people = [CODECS["core"].parse(body)[1] for body in load.bodies(CODECS["core"], 20)]
    assert len({one["CUST-NO"] for one in people}) == len({one["MSG-ID"] for one in people}) == 20
    numbers = [one["CUST-ID-NO"] for one in people]
    assert [n for n, number in enumerate(numbers) if number in numbers[:n]] == [5, 10, 15]


@pytest.mark.slow
@soak_only
def test_a_small_run():
    figures = load.run(CONF, records=300)
    assert figures["records"] == 300
    rates = [name for name in figures if name.endswith("_per_second")]
    assert len(rates) == 7
    assert all(figures[name] > 0 for name in rates)
    assert figures["again_per_second"] > figures["records_per_second"]
    assert figures["peak_megabytes"] < 1000
