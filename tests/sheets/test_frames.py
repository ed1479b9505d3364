"""The clients against the sheets' own example frames, both ways, byte for byte. No hub runs here."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sheets import card_client, core_client, ebank_client, ebcdic, loan_client, wealth_client

FRAMES = json.loads((Path(__file__).parent / "frames.json").read_text(encoding="utf-8"))
CHINESE = {"core"}


def _ebank_values(example: dict[str, Any]) -> dict[str, Any]:
    """Hex and "0x10" of the example's JSON as the client's bytes and integers."""
    values = example | {"type": int(example["type"], 16), "id": bytes.fromhex(example["id"])}
    if "nonce" in values:
        values["nonce"] = bytes.fromhex(values["nonce"])
    if "unknown" in values:
        values["unknown"] = [(int(tag, 16), bytes.fromhex(data)) for tag, data in values["unknown"]]
    return values


def _whole(client: Any, frame: bytes) -> bytes:
    if client is wealth_client:
        return frame[1:-2]
    return frame[{loan_client: 6, card_client: 2}.get(client, 4) :]


CLIENTS: dict[str, Any] = {
    "core": core_client,
    "loan": loan_client,
    "ebank": ebank_client,
    "wealth": wealth_client,
    "card": card_client,
}


@pytest.mark.parametrize("example", FRAMES, ids=[example["frame"] for example in FRAMES])
def test_example_frame_both_ways(example: dict[str, Any]) -> None:
    system = example["frame"].split()[0]
    if system in CHINESE and ebcdic.MISSING:
        pytest.skip(ebcdic.MISSING)
    client, frame = CLIENTS[system], bytes.fromhex(example["hex"])
    values = _ebank_values(example["values"]) if system == "ebank" else example["values"]
    body = _whole(client, frame)
    assert client.decode(body) == values
    assert client.frame(body) == frame
    if body:
        assert client.frame(client.encode(values)) == frame
