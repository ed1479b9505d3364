"""The benchmark runs and its figures belong together. How fast this machine is, is no matter of a test."""

import pytest

from bench import load
from tests.gateway.cli.conftest import CONF
from tests.gateway.loading.files import CODECS
from tests.soak import soak_only


def test_every_fifth_customer_was_there_before():
    people = [CODECS["core"].parse(body)[1] for body in load.bodies(CODECS["core"], 20)]
    assert len({one["CUST-NO"] for one in people}) == len({one["MSG-ID"] for one in people}) == 20
    who = [(one["CUST-NAME"], one["CUST-MOBILE"]) for one in people]
    assert [at for at, one in enumerate(who) if one in who[:at]] == [5, 10, 15]
    assert [at for at, one in enumerate(people) if not one["CUST-ID-NO"]] == [0, 15]


def test_pairs_are_counted_against_the_truth():
    whose = [load.whose(number) for number in range(40)]
    right = [(number, str(who)) for number, who in enumerate(whose)]
    assert load.judged(right) == {"precision": 1.0, "recall": 1.0}
    apart = [(number, str(number)) for number in range(40)]
    assert load.judged(apart) == {"precision": 1.0, "recall": 0.0}
    assert load.judged([(number, "one") for number in range(40)])["precision"] < 0.1


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
    assert figures["precision"] == 1.0
    assert figures["recall"] > 0.9
