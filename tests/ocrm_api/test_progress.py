"""One run at a time, and what is told of it: while it works, when it fails, when its process is gone."""

import threading
import time
from pathlib import Path

import msgspec
import pytest

from ocrm_api.progress import Progress, Told, UnderWay

SECRET = "310101199001011234"


def of(tmp_path: Path) -> Progress[Told]:
    """As another process would have it."""
    return Progress(tmp_path / "counting.json", Told("none"))


def running(_before: Told) -> Told:
    return Told("running")


def ended(tmp_path: Path) -> str:
    until = time.monotonic() + 10
    while (state := of(tmp_path).told().state) == "running":
        assert time.monotonic() < until
        time.sleep(0.01)
    return state


def test_one_at_a_time_whatever_process_is_asked(tmp_path: Path) -> None:
    going, first = threading.Event(), of(tmp_path)

    def work(begun: Told) -> None:
        going.wait(10)
        first.tell(msgspec.structs.replace(begun, state="done"))

    assert first.told().state == "none"
    assert first.start(running, work).state == "running"
    with pytest.raises(UnderWay, match="counting"):
        of(tmp_path).start(running, work)
    assert of(tmp_path).told().state == "running"
    going.set()
    assert ended(tmp_path) == "done"


def test_what_nobody_expected_is_told_as_failed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def work(_begun: Told) -> None:
        raise KeyError(SECRET)

    of(tmp_path).start(running, work)
    assert ended(tmp_path) == "failed"
    assert "counting failed: KeyError at test_progress.py" in caplog.text
    assert SECRET not in caplog.text


def test_a_run_whose_process_is_gone_has_failed_and_another_begins(tmp_path: Path) -> None:
    of(tmp_path).tell(Told("running"))
    assert of(tmp_path).told().state == "failed"
    again = of(tmp_path)
    again.start(running, lambda _begun: again.tell(Told("done")))
    assert ended(tmp_path) == "done"


def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "counting.json").write_text("{")
    assert of(tmp_path).told().state == "none"
