"""The feed of changes and a day's delta."""

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import NOW, ZHANG_ID, Bank
from tests.ocrm_api.staffing import bearer


def feed(client: TestClient, cursor: str | None, count: int) -> tuple[list[dict[str, object]], str]:
    """So many changes after the cursor: the index follows within a moment."""
    found: list[dict[str, object]] = []
    for _ in range(200):
        answer = client.get(
            "/api/v1/changes", params={"cursor": cursor, "limit": 2} if cursor else {"limit": 2}
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["cursor"]
        if len(found) >= count and not answer.json()["more"]:
            return found, cursor
        time.sleep(0.05)
    raise AssertionError(f"only {len(found)} changes came")


@pytest.fixture
def begun(client: TestClient) -> str:
    for _ in range(200):
        answer = client.get("/api/v1/changes")
        if answer.status_code == 200:
            return str(answer.json()["cursor"])
        time.sleep(0.05)
    raise AssertionError("the feed does not begin")


def test_changes_in_the_order_of_their_positions(client: TestClient, bank: Bank, begun: str) -> None:
    numbers = [bank.one(bank.person("core", f"C{n}")).ecif_no for n in range(3)]
    found, cursor = feed(client, begun, 3)
    assert [one["ecif_no"] for one in found] == numbers
    assert [one["position"] for one in found] == [1, 2, 3]
    bank.wait(1)
    bank.take(bank.person("core", "C1", name="张三丰"))
    found, last = feed(client, cursor, 1)
    assert [(one["ecif_no"], one["version"]) for one in found] == [(numbers[1], 2)]
    assert feed(client, last, 0)[0] == []


def test_a_cursor_is_of_this_feed(client: TestClient, begun: str, bank: Bank) -> None:
    assert client.get("/api/v1/changes", params={"cursor": "nonsense"}).status_code == 400
    assert client.get("/api/v1/changes", params={"cursor": begun[:-4] + "AAAA"}).status_code == 400
    search = client.get("/api/v1/parties", params={"name": "张", "cursor": begun})
    assert search.status_code == 400
    del bank


def test_out_of_scope_is_not_told(settings: Settings, bank: Bank, begun: str) -> None:
    bank.take(bank.person("core", "C1"))
    headers = bearer(settings.database_url, "admin", "branch", branch="0101")
    with TestClient(create_app(settings), headers=headers) as client:
        time.sleep(1)
        assert client.get("/api/v1/changes", params={"cursor": begun}).json()["items"] == []
        day = datetime.fromtimestamp(NOW / 1e6, UTC).date()
        assert client.get(f"/api/v1/deltas/{day}").content == b""


def test_a_day_as_it_ended(client: TestClient, bank: Bank) -> None:
    bank.take(
        bank.person("core", "C1", document=("resident_id", ZHANG_ID, None)),
        bank.person("core", "C2", name="李四"),
    )
    first = (datetime.fromtimestamp(NOW / 1e6, UTC) + timedelta(hours=8)).date()
    bank.wait(86_400)
    bank.take(bank.person("core", "C2", name="=王五"))
    rows = [json.loads(line) for line in client.get(f"/api/v1/deltas/{first}").text.splitlines()]
    assert [(row["state"], row["values"]["name"]) for row in rows] == [
        ("current", "张三"),
        ("current", "李四"),
    ]
    assert rows[0]["members"] == ["core:C1"]
    assert ZHANG_ID not in json.dumps(rows)
    second = client.get(f"/api/v1/deltas/{first + timedelta(days=1)}", params={"format": "csv"})
    (row,) = csv.DictReader(io.StringIO(second.content.decode()))
    assert row["name"] == "'=王五"
    assert second.headers["content-type"] == "text/csv; charset=utf-8"
    assert client.get(f"/api/v1/deltas/{first - timedelta(days=1)}").content == b""


@pytest.mark.parametrize(("day", "status"), [("2999-01-01", 404), ("1999-01-01", 404), ("x", 422)])
def test_days_without_a_delta(client: TestClient, day: str, status: int) -> None:
    assert client.get(f"/api/v1/deltas/{day}").status_code == status


def test_no_more_than_the_role_may_take_out(settings: Settings, bank: Bank) -> None:
    bank.take(bank.person("core", "C1"))
    first = (datetime.fromtimestamp(NOW / 1e6, UTC) + timedelta(hours=8)).date()
    with TestClient(create_app(settings), headers=bearer(settings.database_url, "viewer")) as client:
        assert client.get(f"/api/v1/deltas/{first}").status_code == 403
