"""The clients against the sheets' own example frames, both ways, byte for byte. No hub runs here."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sheets import (
    card_client,
    core_client,
    ebank_client,
    ebcdic,
    loan_client,
    teller_client,
    wealth_client,
)

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


_CUSTOMER_ATTRIBUTES = ("number", "seq", "kind", "status", "system")
_LISTS = {"documents": "document", "phones": "phone", "addresses": "address"}


def _attributes(entry: dict[str, Any]) -> teller_client.Node:
    """An address's text is its `line`; a relation has a document inside."""
    node = {f"@{name}": value for name, value in entry.items() if name not in ("line", "document")}
    if "line" in entry:
        node["#"] = entry["line"]
    if "document" in entry:
        node["document"] = _attributes(entry["document"])
    return node


def _customer(values: dict[str, Any]) -> teller_client.Node:
    node: teller_client.Node = {}
    for name, value in values.items():
        if name in _CUSTOMER_ATTRIBUTES:
            node[f"@{name}"] = value
        elif name in ("holdings", "relations"):
            node[name] = {name.removesuffix("s"): [_attributes(one) for one in value]}
        elif name in _LISTS:
            node[_LISTS[name]] = [_attributes(one) for one in value]
        else:
            node[name] = value
    return node


def _teller_node(values: dict[str, Any]) -> teller_client.Node:
    inner = {"customer": _customer, "document": _attributes}
    return {"@version": "1"} | {name: inner.get(name, lambda same: same)(v) for name, v in values.items()}


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


TELLERS = [example for example in FRAMES if example["frame"].startswith("teller")]
OTHERS = [example for example in FRAMES if example not in TELLERS]


@pytest.mark.parametrize("example", OTHERS, ids=[example["frame"] for example in OTHERS])
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


@pytest.mark.parametrize("example", TELLERS, ids=[example["frame"] for example in TELLERS])
def test_example_document_both_ways(example: dict[str, Any]) -> None:
    frame, node = bytes.fromhex(example["hex"]), _teller_node(example["values"])
    body = teller_client.encode(node)
    assert teller_client.frame(body) == frame
    if "code" in node["head"]:
        answer = teller_client.Answer(frame[8:])
        assert answer.head == node["head"]
        assert answer.tags == list(node)[1:]
