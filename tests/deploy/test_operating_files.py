"""What is shipped for operators speaks of the hub as it is: metrics exist, queries and units parse."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from ocrm_api.health.metrics import StoreCounts, exposition

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def _alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "ecif-hub.rules.yml").read_text(encoding="utf-8"))
    return [rule for group in rules["groups"] for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    return list(json.loads((DEPLOY / "grafana" / "ecif-hub.json").read_text(encoding="utf-8"))["panels"])


def _queries() -> Iterator[str]:
    yield from (alert["expr"] for alert in _alerts())
    yield from (target["expr"] for panel in _panels() for target in panel["targets"])


@pytest.fixture(scope="module")
def exported() -> set[str]:
    """Every metric the hub shows, with the suffixes of counters and histograms."""
    histogram = {"buckets": [["+Inf", 0]], "sum": 0, "count": 0}
    hub = {
        "messages": [], "refused": [], "lines": [], "met": {}, "sessions": {}, "ack_seconds": histogram,
        "batch_messages": histogram,
        "workers": [{"worker": 1, "ready": True, "restarts": 0, "sessions": 0, "resident_bytes": 0}],
    }  # fmt: skip
    text = exposition(hub, StoreCounts({}, {}, {}, 0, 0), {}).decode()
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    parts = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + part for name, kind in kinds.items() for part in parts.get(kind, ("",))}


@pytest.mark.parametrize("query", [*_queries()])
def test_queries_parse_and_name_what_is_exported(query: str, exported: set[str]) -> None:
    promql_parser.parse(query)
    assert set(re.findall(r"\becif_\w+", query)) <= exported


def test_every_alert_says_what_to_do_and_does_not_flap() -> None:
    for alert in _alerts():
        assert {"summary", "action"} <= alert["annotations"].keys(), alert["alert"]
        steady = "for" in alert or "increase(" in alert["expr"]
        assert steady, f"{alert['alert']} would begin with a single sample"


def test_what_operators_must_know_has_an_alert() -> None:
    watched = " ".join(alert["expr"] for alert in _alerts())
    needed = ("hub_up", "store_up", "sync_oldest", "failed_messages", "certificate_expiry", "ack_seconds")
    assert [metric for metric in needed if f"ecif_{metric}" not in watched] == []


def test_panels_do_not_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in _panels()]
    cells = [
        (at["x"] + right, at["y"] + down)
        for at in places
        for right in range(at["w"])
        for down in range(at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "ecif-hub.service").read_text(encoding="utf-8")
    unit = tmp_path / "ecif-hub.service"
    unit.write_text(text.replace("/opt/ecif-hub/.venv/bin/ecif", sys.executable), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "ecif-hub.service" in line]
    assert not own, own


def test_the_compose_file() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"database", "hub"}
    assert (DEPLOY / "Dockerfile").exists()
