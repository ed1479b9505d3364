"""Every contest is fair (all contestants have one result) and the report holds together. Speed is no matter
of a test: what this machine does in a second is no rule."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench import contest, formats

CONF = Path(__file__).parents[2] / "conf"
CONTESTS = list(formats._contests(CONF))


@pytest.mark.parametrize("one", CONTESTS, ids=lambda one: f"{one.task}, {one.way}")
def test_all_contestants_have_one_result(one: contest.Contest) -> None:
    wanted = one.ours()
    for name, run in one.others.items():
        assert name in one.otherwise or run() == wanted, name
    assert one.demands.keys() <= one.others.keys()


def test_another_result_ends_a_contest() -> None:
    with pytest.raises(AssertionError, match="A, parse: wrong has another result"):
        contest.hold(contest.Contest("A", "parse", lambda: 1, {"wrong": lambda: 2}))


def test_the_slower_one_is_seen_and_a_demand_missed() -> None:
    outcome = contest.hold(
        contest.Contest("A", "parse", lambda: sum(range(200)) * 0, {"quick": lambda: 0}, {"quick": 1.0}),
        rounds=5,
    )
    assert outcome.ratios["quick"] < 1
    assert outcome.misses == ["quick"]


def test_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "ROUND_SECONDS", 0.0001)
    monkeypatch.setattr(formats, "_contests", lambda conf: CONTESTS[:2])
    figures = formats.run(CONF)
    out = io.StringIO()
    Console(file=out, width=200).print(formats.table(figures))
    assert "CU01, 0 accounts" in out.getvalue()
    assert "tuned" in out.getvalue()
    assert figures["memory_of_a_parsed_cu01_bytes"] > 0


def test_a_parsed_customer_is_small() -> None:
    """In a process of its own: what else a process allocates meanwhile is counted too."""
    code = (
        "import sys; from pathlib import Path; from bench.formats import memory_of_a_record;"
        "print(memory_of_a_record(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(CONF)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CONF.parent)
    assert int(ran.stdout) <= formats.MOST_MEMORY
