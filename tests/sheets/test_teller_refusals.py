"""teller.md and README, Reply codes: each refusal with its code, and the element path and its place."""

import socket
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.people import Someone
from tests.sheets.teller_client import Answer, Node, encode, read_frame, request
from tests.sheets.test_teller import document, person


def refused(bank: Bank, body: bytes, code: str, field: str, at: int) -> Answer:
    answer = bank.teller.ask(body)
    place = answer["text"].split(" ")[0]
    assert (answer.code, place) == (code, f"{field}@{at}"), answer
    assert (answer["ecif-no"], answer["version"], answer.tags) == ("", "0", ["head"])
    assert len(answer["text"].encode("ascii")) <= 60
    return answer


def opening(who: Someone, **more: Any) -> bytes:
    return encode(request("open", {"customer": person(who, **more)}))


UNREADABLE = {
    "born": ("1990-03-07", "customer/born", b"<born"),
    "annual-income": ("1.2.3", "customer/annual-income", b"<annual-income"),
}


@pytest.mark.parametrize("field", UNREADABLE)
def test_1001_cannot_be_read(bank: Bank, who: Someone, field: str) -> None:
    value, label, tag = UNREADABLE[field]
    body = opening(who, **{field: value})
    refused(bank, body, "1001", label, body.index(tag))


def test_1001_verified_is_true_or_false(bank: Bank, who: Someone) -> None:
    body = opening(who, document=document(who, verified="yes"))
    refused(bank, body, "1001", "customer/document[1]/verified", body.index(b"<document"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b'<!DOCTYPE ecif SYSTEM "http://127.0.0.1:1/x">' + body,
        lambda body: b'<!DOCTYPE ecif [<!ENTITY a "b">]>' + body.replace(b"T0192", b"&a;"),
        lambda body: body.replace(b"</name>", b""),
        lambda body: body[: len(body) // 2],
        lambda body: body.replace(b"<gender>", b"\xff<gender>"),
    ],
)
def test_1001_no_document_that_may_be_believed(bank: Bank, who: Someone, spoil: Any) -> None:
    answer = bank.teller.ask(spoil(opening(who)))
    assert (answer.code, answer["ecif-no"], answer["version"]) == ("1001", "", "0")


def test_a_broken_document_is_answered_with_its_serial(bank: Bank, who: Someone) -> None:
    whole = request("open", {"customer": person(who)})
    answer = bank.teller.ask(encode(whole).replace(b"</customer>", b""))
    assert (answer["type"], answer["serial"], answer.code) == ("open", whole["head"]["serial"], "1001")


def test_1002_unknown_type_or_version(bank: Bank, who: Someone) -> None:
    body = encode(request("close", {"customer": person(who)}))
    answer = refused(bank, body, "1002", "head/type", body.index(b"<type"))
    assert answer["type"] == "close"
    body = opening(who).replace(b'version="1"', b'version="2"', 1)
    assert bank.teller.ask(body).code == "1002"


@pytest.mark.parametrize("field", ["gender", "marital", "education", "nationality", "risk"])
def test_1003_a_code_is_not_in_the_table(bank: Bank, who: Someone, field: str) -> None:
    body = opening(who, **{field: "nothing"})
    refused(bank, body, "1003", f"customer/{field}", body.index(f"<{field}".encode()))


def test_1003_a_document_type(bank: Bank, who: Someone) -> None:
    body = opening(who, document=[document(who), {"@type": "library_card", "@number": "1"}])
    refused(bank, body, "1003", "customer/document[2]/type", body.rindex(b"<document"))


def test_unknown_counts_as_blank(bank: Bank, who: Someone) -> None:
    assert bank.teller.ask(opening(who, gender="unknown", marital="unknown")).code == "0000"


@pytest.mark.parametrize("field", ["serial", "sent-at", "operator"])
def test_1006_a_head_field_is_missing(bank: Bank, who: Someone, field: str) -> None:
    body = encode(request("open", {"customer": person(who)}, **{field.replace("-", "_"): None}))
    refused(bank, body, "1006", f"head/{field}", body.index(b"</head"))


def test_1006_name_kind_and_document_of_an_opening(bank: Bank, who: Someone) -> None:
    whole: Node = {"customer": person(who)}
    for drop, label in (("name", "customer/name"), ("document", "customer/document")):
        customer = {name: value for name, value in whole["customer"].items() if name != drop}
        body = encode(request("open", {"customer": customer}))
        refused(bank, body, "1006", label, body.index(b"</customer"))
    body = encode(request("open", {"customer": {k: v for k, v in whole["customer"].items() if k != "@kind"}}))
    refused(bank, body, "1006", "customer/kind", body.index(b"<customer"))


def test_1006_half_a_pair(bank: Bank, who: Someone) -> None:
    body = opening(who, phone={"@number": who.mobile})
    refused(bank, body, "1006", "customer/phone[1]/use", body.index(b"<phone"))


def test_1006_a_wrong_check_digit_of_an_opening(bank: Bank, who: Someone) -> None:
    number = who.resident_id[:-1] + ("1" if who.resident_id[-1] != "1" else "2")
    body = opening(who, document={"@type": "resident_id", "@number": number})
    refused(bank, body, "1006", "customer/document[1]/number", body.index(b"<document"))


def test_a_wrong_check_digit_of_a_change_is_stored(bank: Bank, who: Someone) -> None:
    ecif_no = bank.teller.ask(opening(who))["ecif-no"]
    number = who.uscc[:-1] + ("1" if who.uscc[-1] != "1" else "2")
    change = {"@number": ecif_no, "@kind": "person", "name": who.name,
              "document": {"@type": "uscc", "@number": number}}  # fmt: skip
    assert bank.teller.change(change).code == "0000"


def test_1006_another_party_kind_than_before(bank: Bank, who: Someone) -> None:
    ecif_no = bank.teller.ask(opening(who))["ecif-no"]
    body = encode(
        request("change", {"customer": {"@number": ecif_no, "@kind": "organization", "name": who.name}})
    )
    refused(bank, body, "1006", "customer/kind", body.index(b"<customer"))


def test_seq_out_of_bounds_is_1001_and_0_is_none(bank: Bank, who: Someone) -> None:
    ecif_no = bank.teller.ask(opening(who))["ecif-no"]
    for seq, code in (("-1", "1001"), ("1000000000", "1001"), ("x", "1001"), ("0", "0001")):
        image = {"@number": ecif_no, "@kind": "person", "name": who.name, "@seq": seq}
        assert bank.teller.change(image).code == code, seq


def test_2001_a_change_of_nobody(bank: Bank, who: Someone) -> None:
    answer = bank.teller.change({"@number": "999999999999", "@kind": "person", "name": who.name})
    assert (answer.code, answer["ecif-no"], answer["version"]) == ("2001", "", "")


@pytest.mark.parametrize("body", [{}, {"customer": {"@system": "core"}}, {"document": {"@type": "passport"}}])
def test_a_query_that_names_nobody_is_1006(bank: Bank, body: Node) -> None:
    assert bank.teller.query(body).code == "1006"


@pytest.mark.parametrize("length", [b"1048577\0", b"01048577", b"0000001x"])
def test_a_bad_length_is_answered_without_a_serial_and_the_line_closed(bank: Bank, length: bytes) -> None:
    with bank.teller.dial() as line:
        line.sendall(length + b"<ecif")
        reply = read_frame(line)
        assert reply is not None
        answer = Answer(reply)
        assert (answer.code, answer["serial"], answer["type"]) == ("1001", "", "")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""
