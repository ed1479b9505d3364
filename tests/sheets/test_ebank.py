"""ebank.md: customer, queries and identification on a signed-on line."""

import re
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.ebank_client import (
    customer,
    decode,
    document,
    encode,
    identification,
    new_id,
    query,
    sealed,
    tlv,
    unsealed,
)  # fmt: skip
from tests.sheets.people import Someone


def full(who: Someone) -> dict[str, Any]:
    """Every field of 0x20 that a person has."""
    return {
        "name": who.name, "born": who.born, "gender": 2,
        "documents": [document(1, who.resident_id, "99991231"), document(2, who.passport, "20390101")],
        "phones": [{"use": 1, "number": who.mobile}, {"use": 3, "number": "010-60000002"}],
        "addresses": [{"use": 3, "line": "北京市东城区试验路2号", "postcode": "100010"}],
        "email": f"e{who.number}@example.com", "employer": "试验（北京）贸易有限公司",
        "risk": 3, "nationality": "CHN",
    }  # fmt: skip


def said(answer: dict[str, Any]) -> dict[str, Any]:
    """The customer of an answer, without the envelope."""
    envelope = ("type", "id", "flags", "time", "code", "ecif", "version", "text", "seq")
    return {field: value for field, value in answer.items() if field not in envelope}


def test_a_new_customer_is_stored_and_numbered(bank: Bank, who: Someone) -> None:
    image = customer(who.ebank, 1, **full(who))
    reply = bank.ebank.ask(image)
    assert (reply["type"], reply["id"], reply["flags"], reply["code"]) == (0x21, image["id"], 0, "0000")
    assert re.fullmatch(r"[1-9]\d{11}", reply["ecif"])
    assert reply["version"] >= 1
    assert "text" not in reply


def test_only_time_number_and_seq_are_required(bank: Bank, who: Someone) -> None:
    first = bank.ebank_says(who, 1, email="a@example.com")
    reply = bank.ebank.ask(
        {"type": 0x20, "id": new_id(), "time": now(), "number": who.ebank, "seq": 2, "risk": 4}
    )
    assert (reply["code"], reply["ecif"]) == ("0000", first["ecif"])
    golden = bank.golden(first["ecif"])
    assert (golden["name"], golden["email"], golden["risk"]) == (who.name, "a@example.com", 4)


def test_tags_stand_in_any_order(bank: Bank, who: Someone) -> None:
    values = customer(who.ebank, 1, **full(who))
    head = unsealed({"type": 0x20, "id": values["id"]})
    parts = [
        unsealed({"type": 0x20, "id": values["id"], key: values[key]})[19:]
        for key in values
        if key not in ("type", "id")
    ]
    reply = bank.ebank.ask(sealed(head + b"".join(reversed(parts))))
    assert reply["code"] == "0000"
    assert bank.golden(reply["ecif"])["nationality"] == "CHN"


@pytest.mark.fault("M8", "extra tags")
def test_unknown_tags_are_ignored(bank: Bank, who: Someone) -> None:
    image = customer(who.ebank, 1, name=who.name) | {
        "unknown": [(0x0177, b"new"), (0x8177, tlv(0x0001, b"x"))]
    }
    assert bank.ebank.ask(image)["code"] == "0000"


def test_a_resend_gets_the_same_reply(bank: Bank, who: Someone) -> None:
    image = customer(who.ebank, 1, **full(who))
    first = bank.ebank.ask_raw(image)
    bank.ebank_says(who, 2, email="*")
    assert bank.ebank.ask_raw(image) == first
    assert bank.ebank.ask_raw(image | {"flags": 1, "time": now(30)}) == first


def test_a_resend_may_come_on_another_connection(bank: Bank, who: Someone) -> None:
    image = customer(who.ebank, 1, name=who.name)
    first = bank.ebank.ask_raw(image)
    with bank.ebank_line() as other:
        assert other.ask_raw(image | {"flags": 1}) == first


@pytest.mark.fault("M2", "ebank")
def test_the_same_id_with_other_content_is_1004(bank: Bank, who: Someone) -> None:
    image = customer(who.ebank, 1, name=who.name)
    bank.ebank.ask(image)
    assert bank.ebank.ask(image | {"email": "a@example.com"})["code"] == "1004"


def test_a_seq_not_higher_is_0003_with_number_and_version(bank: Bank, who: Someone) -> None:
    there = bank.ebank_says(who, 7)
    reply = bank.ebank.ask(customer(who.ebank, 6, name=who.name, email="a@example.com"))
    assert (reply["code"], reply["ecif"], reply["version"]) == ("0003", there["ecif"], there["version"])


@pytest.mark.parametrize("by", ["number", "ecif"])
def test_a_query_gives_the_customer_in_full(bank: Bank, who: Someone, by: str) -> None:
    image = customer(who.ebank, 1, **full(who))
    there = bank.ebank.ask(image)
    question = query(**{by: who.ebank if by == "number" else there["ecif"]})
    answer = bank.ebank.ask(question)
    assert (answer["type"], answer["id"], answer["flags"], answer["code"]) == (
        0x25,
        question["id"],
        0,
        "0000",
    )
    assert (answer["ecif"], answer["version"]) == (there["ecif"], there["version"])
    assert _sorted(said(answer)) == _sorted(said(image))


def _sorted(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: sorted(map(str, value)) if isinstance(value, list) else value for key, value in values.items()
    }


def test_a_query_for_somebody_ebank_never_sent_leaves_the_number_out(bank: Bank, who: Someone) -> None:
    there = bank.core_says(who, 1, CUST_MOBILE=who.mobile)
    answer = bank.ebank.ask(query(ecif=there["REPLY-ECIF-NO"]))
    assert answer["code"] == "0000"
    assert "number" not in answer
    assert (answer["name"], answer["kind"]) == (who.name, 1)


@pytest.mark.fault("M8", "unknown customer")
@pytest.mark.parametrize("by", [{"number": "NOBODY"}, {"ecif": "999999999999"}])
def test_a_query_for_nobody_is_2001(bank: Bank, by: dict[str, str]) -> None:
    answer = bank.ebank.ask(query(**by))
    assert (answer["type"], answer["code"]) == (0x25, "2001")
    assert "name" not in answer


def test_a_query_is_answered_anew_each_time(bank: Bank, who: Someone) -> None:
    question = query(number=who.ebank)
    assert bank.ebank.ask(question)["code"] == "2001"
    bank.ebank_says(who, 1)
    assert bank.ebank.ask(question)["code"] == "0000"


def test_identification(bank: Bank, who: Someone) -> None:
    there = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    answer = bank.ebank.ask(identification(who.name, who.resident_id))
    assert (answer["type"], answer["code"], answer["ecif"]) == (0x23, "0000", there["REPLY-ECIF-NO"])
    assert answer["phones"] == [{"use": 1, "number": who.mobile}]
    assert answer["documents"] == [{"type": 1, "number": who.resident_id}]


def test_identification_of_nobody_or_under_another_name_is_2001(bank: Bank, who: Someone) -> None:
    assert bank.ebank.ask(identification(who.name, who.resident_id))["code"] == "2001"
    bank.ebank_says(who, 1, documents=[document(1, who.resident_id)])
    answer = bank.ebank.ask(identification("别人名", who.resident_id))
    assert (answer["type"], answer["code"]) == (0x23, "2001")
    assert "name" not in answer


def test_lists_are_keyed_and_the_last_of_one_key_holds(bank: Bank, who: Someone) -> None:
    first = bank.ebank_says(
        who,
        1,
        phones=[{"use": 1, "number": who.mobile}, {"use": 2, "number": "1"}, {"use": 2, "number": "010-2"}],
    )
    assert bank.ebank_says(who, 2, phones=[{"use": 3, "number": "010-3"}])["code"] == "0000"
    phones = {phone["use"]: phone["number"] for phone in bank.golden(first["ecif"])["phones"]}
    assert phones == {1: who.mobile, 2: "010-2", 3: "010-3"}


def test_an_entry_is_withdrawn_by_its_key_with_a_star(bank: Bank, who: Someone) -> None:
    first = bank.ebank_says(who, 1, **full(who))
    bank.ebank_says(
        who,
        2,
        documents=[document(2, "*")],
        phones=[{"use": 3, "number": "*"}],
        addresses=[{"use": 3, "line": "*"}],
    )
    golden = bank.golden(first["ecif"])
    assert golden["documents"] == [document(1, who.resident_id, "99991231")]
    assert golden["phones"] == [{"use": 1, "number": who.mobile}]
    assert "addresses" not in golden


@pytest.mark.parametrize(
    ("field", "mark"), [("email", "*"), ("risk", "*"), ("gender", "*"), ("born", "99999999")]
)
def test_the_clear_mark_withdraws(bank: Bank, who: Someone, field: str, mark: Any) -> None:
    first = bank.ebank_says(who, 1, **full(who))
    assert bank.ebank_says(who, 2, **{field: mark})["code"] == "0000"
    assert field not in bank.golden(first["ecif"])


@pytest.mark.parametrize(("field", "blank"), [("email", ""), ("gender", 0), ("born", "00000000")])
def test_a_blank_says_nothing(bank: Bank, who: Someone, field: str, blank: Any) -> None:
    first = bank.ebank_says(who, 1, **full(who))
    assert bank.ebank_says(who, 2, **{field: blank})["code"] == "0001"
    assert bank.golden(first["ecif"])[field] == full(who)[field]


def test_an_address_with_another_line_has_no_postcode(bank: Bank, who: Someone) -> None:
    first = bank.ebank_says(who, 1, **full(who))
    bank.ebank_says(who, 2, addresses=[{"use": 3, "line": "上海市试验路3号"}])
    assert bank.golden(first["ecif"])["addresses"] == [{"use": 3, "line": "上海市试验路3号"}]


def test_heartbeat_of_ebank(bank: Bank) -> None:
    beat = sealed(b"\x01\x7e" + new_id() + b"\x00")
    answer = bank.ebank.ask_raw(beat)
    assert answer[1] == 0x7F
    assert answer == sealed(b"\x01\x7f" + beat[2:18] + b"\x00")


def test_many_in_flight_are_each_answered(bank: Bank) -> None:
    images = [customer(each.ebank, 1, name=each.name) for each in (Someone() for _ in range(40))]
    for image in images:
        bank.ebank.send(image)
    for image in images:
        assert decode(bank.ebank.wait_reply(image["id"]))["code"] == "0000"


def test_an_unmatched_reply_is_never_answered(bank: Bank) -> None:
    stray = {"type": 0x31, "id": new_id(), "code": "0000", "ecif": "100000000001", "version": 3}
    bank.ebank.send(stray)
    bank.ebank.ask_raw(sealed(b"\x01\x7e" + new_id() + b"\x00"))
    assert not [message for message in bank.ebank.messages if message[2:18] == stray["id"]]


def test_a_number_of_twenty_bytes_is_taken_and_the_encoding_is_utf8(bank: Bank, who: Someone) -> None:
    number = f"客户{who.number:014d}"
    assert len(number.encode()) == 20
    assert bank.ebank.ask(encode(customer(number, 1, name="喆" + who.name)))["code"] == "0000"
    assert bank.ebank.ask(query(number=number))["name"] == "喆" + who.name
