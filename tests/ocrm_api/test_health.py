"""`/healthz`, `/readyz`, `/metrics`, with the hub and the store there and away."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from gateway.certificates import make_certificates
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank

HubSays = Callable[[bytes], None]


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of their names …) → value."""
    text = client.get("/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_process_lives(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_while_hub_and_store_answer(client: TestClient, hub_says: HubSays, counted: bytes) -> None:
    hub_says(counted)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "hub": "ok", "store": "ok"})


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (None, "silent"),
        (b"", "silent"),
        (b"no json\n", "silent"),
        (b"[]\n", "silent"),
        (b'{"ready":false}', "not ready"),
    ],
)
def test_not_ready_without_the_hub(
    client: TestClient, hub_says: HubSays, said: bytes | None, state: str
) -> None:
    if said is not None:
        hub_says(said)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "not ready",
        "hub": state,
        "store": "ok",
    }


def test_not_ready_without_the_store(settings: Settings, tmp_path: Path) -> None:
    gone = Settings(f"sqlite:///{tmp_path}/gone.db", settings.hub_socket)
    with TestClient(create_app(gone), client=("127.0.0.1", 1)) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "ecif db upgrade" in answer.json()["store"]
        assert samples(client)["ecif_store_up",] == 0
        headers = {"Authorization": "Bearer ecif_any"}
        answer = client.get("/api/v1/parties/100000000001", headers=headers)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"


def test_metrics(settings: Settings, bank: Bank, hub_says: HubSays, counted: bytes, tmp_path: Path) -> None:
    hub_says(counted)
    bank.take(bank.person("core", "C1", name="张三丰", phone__mobile="13912345678"))
    bank.take(bank.person("ebank", "E1", name="张三丰", phone__mobile="13800138000"))
    make_certificates(tmp_path / "certs", [])
    with_certificates = Settings(
        settings.database_url,
        settings.hub_socket,
        systems=settings.systems,
        certificates={"hub": tmp_path / "certs/hub.pem", "gone": tmp_path / "gone.pem"},
    )
    with TestClient(create_app(with_certificates)) as client:
        found = samples(client)
        assert "张" not in client.get("/metrics").text
    assert found["ecif_messages_total", "in", "applied", "core", "CU01"] == 1
    assert found["ecif_messages_total", "out", "sent", "ebank", "0x30"] == 1
    assert found["ecif_refused_total", "1003", "core"] == 1
    assert found["ecif_ack_seconds_count",] == 2
    assert found["ecif_ack_seconds_bucket", "0.005"] == 1
    assert found["ecif_batch_messages_sum",] == 2
    assert found["ecif_sessions", "core"] == 2
    assert found["ecif_met_total", "line_faults"] == 1
    assert found["ecif_parties",] == 2
    assert found["ecif_review_tasks",] == 0
    assert {key[1] for key in found if key[0] == "ecif_sync_pending"} == {"core", "loan", "ebank"}
    assert {key[1] for key in found if key[0] == "ecif_failed_messages"} == {"core", "loan", "ebank"}
    assert found["ecif_sync_oldest_seconds", "loan"] == 0
    assert found["ecif_certificate_expiry_seconds", "hub"] > 800 * 86_400
    assert ("ecif_certificate_expiry_seconds", "gone") not in found


def test_metrics_of_workers(client: TestClient, hub_says: HubSays, counted: bytes) -> None:
    one = {"worker": 1, "ready": True, "restarts": 2, "sessions": 3, "resident_bytes": 5}
    workers = [one, {**one, "worker": 2, "ready": False}]
    hub_says(json.dumps({**json.loads(counted), "workers": workers}).encode())
    found = samples(client)
    assert (found["ecif_worker_ready", "1"], found["ecif_worker_ready", "2"]) == (1, 0)
    assert found["ecif_worker_restarts_total", "1"] == 2
    assert found["ecif_worker_sessions", "2"] == 3


def test_metrics_without_the_hub(client: TestClient) -> None:
    found = samples(client)
    assert found["ecif_hub_up",] == 0
    assert found["ecif_parties",] == 0
    assert not any(key[0].startswith("ecif_messages") for key in found)
