"""Two stewards in two processes who decide the same at the same instant: one does, the other is told so."""

import threading

import pytest

from ecif.four_eyes import FourEyesConf
from ecif.stewardship import NotPossible

TIMES = 5


@pytest.fixture
def two(bank, other):
    return bank, other


def at_once(*acts):
    barrier, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(at, act):
        barrier.wait()
        try:
            outcomes[at] = act().state
        except NotPossible as refused:
            outcomes[at] = str(refused)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def pair(bank, turn):
    first = bank.one(bank.person("core", f"{turn}", name=f"甲{turn}")).ecif_no
    second = bank.one(bank.person("ebank", f"{turn}", name=f"乙{turn}")).ecif_no
    return first, second


def by(bank, actor):
    return {"actor": actor, "reason": "at once", "now": bank.now}


def test_one_of_two_merges_is_taken(two):
    for turn in range(TIMES):
        first, second = pair(two[0], turn)
        found = at_once(
            lambda a=first, b=second: two[0].service.merge(a, b, **by(two[0], "zhao")),
            lambda a=first, b=second: two[1].service.merge(b, a, **by(two[1], "qian")),
        )
        assert found == ["a party cannot be merged with itself", "taken"]


def test_a_proposal_is_released_once(two):
    for bank in two:
        bank.service.setting.rules.four_eyes = (FourEyesConf(decision="merge"),)
    for turn in range(TIMES):
        first, second = pair(two[0], turn)
        proposed = two[0].service.merge(first, second, **by(two[0], "zhao")).decision
        found = at_once(
            lambda number=proposed: two[0].service.release(number, **by(two[0], "qian")),
            lambda number=proposed: two[1].service.release(number, **by(two[1], "sun")),
        )
        assert found == ["taken", "this decision is taken"]


def test_a_request_sent_twice_is_taken_once(two):
    for turn in range(TIMES):
        first, _ = pair(two[0], turn)
        pinned = [
            lambda bank=bank, a=first, r=f"r{turn}": bank.service.pin(
                a, "risk", "R1", **by(bank, "zhao"), request=r
            )
            for bank in two
        ]
        assert at_once(*pinned) == ["taken", "taken"]
        assert len(two[0].service.decisions(ecif_no=first).decisions) == 1
