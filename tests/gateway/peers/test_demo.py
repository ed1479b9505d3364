"""The whole bank, small: hub and systems as processes over real TCP. `make demo` plays it with more."""

import json
import shutil
from pathlib import Path

import pytest

from gateway.peers.demo import run_demo

pytestmark = pytest.mark.slow

CONTRACT = {
    "seconds", "systems", "parties", "source_records", "true_customers", "pair_precision", "pair_recall",
    "documented_precision", "documented_recall", "reviews", "converged", "problems", "messages_per_second",
    "ack_p50_ms", "ack_p99_ms",
}  # fmt: skip


@pytest.mark.fault("M4", "six systems, 2,000 messages and more, all end with the same customers")
def test_all_systems_end_with_the_same_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tmp_path / "report.json"
    code = run_demo(60, 1, path, conf=Path(__file__).parents[3] / "conf")
    report = json.loads(path.read_text("utf-8"))
    out, said = capfd.readouterr()
    assert (code, report["problems"], report["converged"]) == (0, [], True)
    assert report.keys() == CONTRACT
    assert report["systems"].keys() == {"card", "core", "ebank", "loan", "teller", "wealth"}
    assert (report["documented_precision"], report["true_customers"]) == (1.0, 60)
    assert report["documented_recall"] >= 0.99
    for name, counted in report["systems"].items():
        assert counted["sent"] == counted["acknowledged"] + counted["refused"]
        assert counted["refused"] >= 9
        assert counted["pushed"] == counted["confirmed"]
        assert (counted["pushed"] > 0) is (name != "teller"), "its sheet: it takes no pushes"
    assert out == ""
    assert "ecif demo --serve" in said
    for folder in tmp_path.glob("ecif-demo-*"):
        shutil.rmtree(folder)
