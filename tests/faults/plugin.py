"""`pytest -p tests.faults.plugin --reliability FILE`: `tests.faults.table`, with what came of it."""

from pathlib import Path

import pytest

from tests.faults.table import claims, outcomes_of, page

_ORDER = ("passed", "skipped", "failed")


class Outcomes:
    def __init__(self, target: Path) -> None:
        self._target = target
        self._worst: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        file, _, test = report.nodeid.partition("::")
        key = file, test.rpartition("::")[2].partition("[")[0]
        self._worst[key] = max(self._worst.get(key, "passed"), report.outcome, key=_ORDER.index)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput"):  # with xdist, the one process that hears of all
            before = outcomes_of(self._target.read_text(encoding="utf-8")) if self._target.exists() else {}
            # What only `make soak` runs keeps what came of it there.
            now = {key: said for key, said in self._worst.items() if said != "skipped" or key not in before}
            self._target.write_text(page(claims(), before | now), encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", metavar="FILE", help="Write what the fault tests did to this page.")


def pytest_configure(config: pytest.Config) -> None:
    target = config.getoption("--reliability")
    if target:
        config.pluginmanager.register(Outcomes(Path(target)))
