"""Statistics of several hubs as those of one: nothing that was counted is ever lost again."""

from typing import Any

from gateway.statistics import Counters
from gateway.summing import Ledger


def hub(started: float, messages: int, **more: Any) -> dict[str, Any]:
    """What a hub says that took so many messages of core."""
    counters = Counters()
    counters.started = started
    for _ in range(messages):
        counters.came("core", "CU01", "0000", 0.01)
    counters.sessions["core"] = 1
    return {
        **counters.statistics(), "intake": {"queued": 2, "shedding": 1}, "met": {"fenced": 1},
        "delivery": {"core": {"open": 3, "paused": 1, "shadow": 0}},
        "rates": [[started, messages, 0, 0, 0.0, 0]], "leases": {}, "ready": True,
        "listening": {"core": 7101}, "process": {"tasks": 10}, **more,
    }  # fmt: skip


def taken(ledger: Ledger) -> int:
    rows = ledger.statistics()["messages"]
    return sum(row[-1] for row in rows)


def test_counts_add_up_and_labels_stay() -> None:
    ledger = Ledger()
    ledger.note({1: hub(2.0, 3), 2: hub(1.0, 4)})
    told = ledger.statistics()
    assert told["messages"] == [["core", "in", "CU01", "applied", 7]]
    assert told["ack_seconds"]["count"] == 7
    assert told["ack_seconds"]["buckets"][-1] == ["+Inf", 7]
    assert told["sessions"] == {"core": 2}
    assert told["intake"] == {"queued": 4, "shedding": 1}
    assert told["met"] == {"fenced": 2}
    assert told["delivery"] == {"core": {"open": 6, "paused": 1, "shadow": 0}}
    assert [row[0] for row in told["rates"]] == [1.0, 2.0]
    assert told["process"] == {"tasks": 20}


def test_a_counter_never_falls() -> None:
    ledger, seen = Ledger(), []
    for found in (
        {1: hub(1.0, 10), 2: hub(1.0, 1)},
        {1: None, 2: hub(1.0, 2)},
        {1: hub(5.0, 0), 2: hub(1.0, 2)},
        {1: hub(5.0, 4), 2: None},
        {1: hub(5.0, 4), 2: hub(9.0, 1)},
    ):
        ledger.note(found)
        seen.append(taken(ledger))
    assert seen == [11, 12, 12, 16, 17]


def test_who_gives_no_answer_has_no_sessions_and_is_not_ready() -> None:
    ledger = Ledger()
    ledger.note({1: hub(1.0, 1), 2: hub(1.0, 1)})
    ledger.note({1: None, 2: hub(1.0, 1)})
    assert ledger.statistics()["sessions"] == {"core": 1}
    assert ledger.statistics()["ready"]
    ledger.note({1: None, 2: None})
    assert not ledger.statistics()["ready"]
    assert taken(ledger) == 2


def test_the_holder_says_who_delivers() -> None:
    def lease(token: int, here: bool) -> dict[str, Any]:
        return {"leases": {"core": {"holder": "x", "token": token, "here": here}}}

    ledger = Ledger()
    ledger.note({1: hub(1.0, 0, **lease(3, False)), 2: hub(1.0, 0, **lease(2, True))})
    assert ledger.statistics()["leases"]["core"] == {"holder": "x", "token": 2, "here": True}
    ledger.note({1: hub(1.0, 0, **lease(3, False)), 2: hub(1.0, 0, **lease(2, False))})
    assert ledger.statistics()["leases"]["core"]["token"] == 3


def test_before_anybody_answered_it_reads_like_a_hub() -> None:
    told = Ledger().statistics()
    assert told.keys() == hub(0.0, 0).keys()
    assert not told["ready"]
    assert told["ack_seconds"]["buckets"][-1] == ["+Inf", 0]
