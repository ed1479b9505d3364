"""`ecif quality` on the shipped conf: tables, JSON, and a page that fetches nothing and shows no value."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Ran
from tests.gateway.operating import Operated, operated

Ecif = Callable[..., Ran]


@pytest.fixture
def hub(ecif: Ecif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    with operated(tmp_path) as hub:
        monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path / 'ecif.db'}")
        hub.take(*[hub.body(number, f"客户{number}", **{"CUST-RISK": "R2"}) for number in range(3)])
        yield hub


def test_json_and_tables(ecif: Ecif, hub: Operated) -> None:
    told = json.loads(ecif("quality", "--json").out)
    assert (told["parties"], told["source_records"]) == (3, 3)
    risk = told["systems"]["core"]["attributes"]["risk"]
    assert (risk["filled"], risk["completeness"], risk["agreement"]) == (3, 1.0, 1.0)
    ran = ecif("quality", "core")
    assert ran.lines[0] == "core: 3 records, 3 customers, 0 duplicates"
    assert ecif("quality", "nobody").code == 2


def test_the_page_stands_alone(ecif: Ecif, hub: Operated, tmp_path: Path) -> None:
    page = tmp_path / "quality.html"
    assert ecif("quality", "--html", str(page)).code == 0
    text = page.read_text()
    assert text.count("<svg") == 2
    hosts = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert hosts <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not places
    assert "<script" not in text
    assert "客户" not in text
    assert ecif("quality", "--html", str(tmp_path / "no" / "x.html")).code == 2
