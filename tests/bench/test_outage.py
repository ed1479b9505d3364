import pytest

from bench import outage
from tests.gateway.cli.conftest import CONF


@pytest.mark.fault("O1", "away while all change three times: a row a customer, then one push each")
def test_a_small_outage() -> None:
    told = outage.run(CONF, 60, 1_000)
    assert [one["pending"] for one in told["rounds"]] == [40, 40, 40]
    assert told["pushed"] == 40
    assert (told["pushed_twice"], told["versions_that_fell"], told["not_the_newest"]) == (0, 0, 0)
    assert told["pending_at_last"] == 0
