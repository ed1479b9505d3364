"""Wealth from its sheet alone: customers, their quality of text, pushes, line tests."""

import time
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.ebank_client import document
from tests.sheets.people import Someone
from tests.sheets.pushes import Answer
from tests.sheets.wealth_client import IDENTITY, LINES, customer, decode, encode, frame, new_serial

FUND = {
    "product": "P0001",
    "name": "稳健，试验",
    "amount": "10000.00",
    "ccy": "CNY",
    "bought": "20240102",
    "status": "A",
}
BAR = bytes.fromhex("967c").decode("gbk")
"""A character whose second byte is that of the separator."""


def full(who: Someone) -> dict[str, Any]:
    return {
        "name": who.name + BAR, "doc_type": "0", "doc_number": who.resident_id, "expiry": "99991231",
        "born": who.born, "gender": "2", "mobile": who.mobile, "email": f"w{who.number}@example.com",
        "risk": "C3", "risk_date": "20251120",
    }  # fmt: skip


def place(image: dict[str, Any], field: str) -> str:
    """`#N@offset` of a field, counted from after STX."""
    number = LINES["W100"].index(field)
    before = encode(image).split(b"|")[:number] if field != "name" else encode(image).split(b"|")[:6]
    return f"#{number + 1}@{sum(len(text) + 1 for text in before)}"


def test_a_new_customer_is_stored_and_numbered(bank: Bank, who: Someone) -> None:
    image = customer(who.wealth, 1, **full(who), positions=[FUND])
    reply = bank.wealth.ask(image)
    assert (reply["type"], reply["serial"], reply["code"], reply["text"]) == (
        "W101",
        image["serial"],
        "0000",
        "",
    )
    assert len(reply["ecif"]) == 12
    assert int(reply["version"]) >= 1
    golden = bank.golden(reply["ecif"])
    assert (golden["name"], golden["risk"]) == (who.name + BAR, 3)


def test_a_resend_gets_the_same_reply(bank: Bank, who: Someone) -> None:
    image = customer(who.wealth, 1, **full(who))
    line = bank.wealth.line()
    first = line.ask_raw(encode(image))
    bank.wealth_says(who, 2, mobile=who.other_mobile)
    assert line.ask_raw(encode(image)) == first
    assert line.ask_raw(encode(image | {"sent-at": now(30)})) == first


def test_the_same_serial_with_other_content_is_1004(bank: Bank, who: Someone) -> None:
    image = customer(who.wealth, 1, name=who.name)
    bank.wealth.ask(image)
    reply = bank.wealth.ask(image | {"mobile": who.mobile})
    assert (reply["code"], reply["ecif"], reply["version"]) == ("1004", "", "0")


def test_a_seq_not_higher_is_0003_with_number_and_version(bank: Bank, who: Someone) -> None:
    there = bank.wealth_says(who, 999_999_999)
    reply = bank.wealth.ask(customer(who.wealth, 999_999_999, name=who.name, mobile=who.mobile))
    assert (reply["code"], reply["ecif"], reply["version"]) == ("0003", there["ecif"], there["version"])


def test_positions_are_a_complete_list_and_change_no_golden_record(bank: Bank, who: Someone) -> None:
    bank.wealth_says(who, 1, positions=[FUND, FUND | {"product": "P0002", "amount": "-12.50", "status": "R"}])
    assert bank.wealth_says(who, 2, positions=[{"product": "P9", "amount": "0.00"}])["code"] == "0001"
    assert bank.wealth_says(who, 3, positions=[])["code"] == "0001"


def test_both_forms_of_a_separator_are_one_value(bank: Bank, who: Someone) -> None:
    name = f"试验|甲^{who.number}"
    document_of = {"CUST_KIND": "O", "CUST_ID_TYPE": "11", "CUST_ID_NO": who.uscc}
    there = bank.core_says(who, 1, CUST_NAME=name, MSG_SENT_AT=now(-60), **document_of)
    image = {"kind": "O", "doc_type": "a", "doc_number": who.uscc}
    reply = bank.wealth_says(who, 1, name=name, **image)
    assert (reply["ecif"], reply["code"]) == (there["REPLY-ECIF-NO"], "0000")
    bank.core_says(who, 2, CUST_NAME=name, CUST_MOBILE=who.mobile, **document_of)
    push = bank.wealth_box.take_until(who.wealth, {"mobile": who.mobile})
    assert push["name"] == name.replace("|", "｜").replace("^", "＾")
    assert bank.wealth_says(who, 2, name=name, mobile=who.mobile, **image)["code"] == "0001"
    bank.core_box.assert_none(who.core)


def test_clear_marks(bank: Bank, who: Someone) -> None:
    there = bank.wealth_says(who, 1, **full(who))
    bank.wealth_says(who, 2, name=who.name + BAR, email="*", mobile="*", expiry="99999999", born="99999999")
    golden = bank.golden(there["ecif"])
    assert not {"email", "born"} & golden.keys()
    assert not golden.get("phones")


def test_a_push_in_full(bank: Bank, who: Someone) -> None:
    bank.wealth_says(who, 1, **full(who), sent_at=now(-60))
    reply = bank.ebank_says(
        who,
        1,
        name=who.name + BAR,
        documents=[document(1, who.resident_id, "99991231")],
        phones=[{"use": 1, "number": who.other_mobile}],
    )
    push = bank.wealth_box.take(who.wealth)
    expected = {name.replace("_", "-"): value for name, value in full(who).items()}
    expected |= {"kind": "P", "mobile": who.other_mobile}
    assert {name: push[name] for name in IDENTITY} == expected
    told = (push["number"], push["ecif"], push["version"])
    assert told == (who.wealth, reply["ecif"], str(reply["version"]))
    assert push.raw.decode("gbk").count("|") == 16
    assert push["serial"].isalnum()
    assert push["sent-at"][:8] in (now()[:8], now(-60)[:8])


def test_a_risk_level_of_another_system_comes_with_the_day_it_holds_from(bank: Bank, who: Someone) -> None:
    bank.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    sent = now()
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_RISK="R2", MSG_SENT_AT=sent)
    push = bank.wealth_box.take(who.wealth)
    assert (push["risk"], push["risk-date"]) == ("C2", sent[:8])


def test_a_value_withdrawn_elsewhere_comes_as_the_clear_mark(bank: Bank, who: Someone) -> None:
    bank.core_says(
        who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile, MSG_SENT_AT=now(-90)
    )
    bank.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    bank.wealth_box.take_until(who.wealth, {"mobile": who.mobile})
    bank.core_says(who, 2, CUST_MOBILE="*")
    bank.wealth_box.take_until(who.wealth, {"mobile": "*"})


def test_what_the_charset_lacks_is_written_as_the_substitute(bank: Bank, who: Someone) -> None:
    papers = {"documents": [document(1, who.resident_id)]}
    bank.ebank_says(who, 1, **papers, time=now(-90))
    bank.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    bank.ebank_says(who, 2, name=f"{who.name}\U00020bb7", **papers)
    bank.wealth_box.take_until(who.wealth, {"name": f"{who.name}〓"})


def test_a_line_test_is_answered(bank: Bank) -> None:
    line, serial = bank.wealth.line(), new_serial()
    line.send_bytes(frame(f"W900|{serial}".encode()))
    line.wait(lambda frames: f"W901|{serial}".encode() in frames, "W901")


@pytest.mark.parametrize(
    ("fields", "code", "field", "rule"),
    [
        ({"name": ""}, "1006", "name", "blank"),
        ({"name": "*"}, "1006", "name", "cleared"),
        ({"serial": ""}, "1006", "serial", "blank"),
        ({"number": ""}, "1006", "number", "blank"),
        ({"seq": "0"}, "1006", "seq", "blank"),
        ({"seq": ""}, "1006", "seq", "blank"),
        ({"seq": "-1"}, "1001", "seq", ""),
        ({"seq": "1000000000"}, "1001", "seq", ""),
        ({"seq": "x"}, "1001", "seq", ""),
        ({"sent-at": ""}, "1006", "sent-at", "blank"),
        ({"sent-at": "20260230000000"}, "1001", "sent-at", ""),
        ({"kind": ""}, "1006", "kind", "blank"),
        ({"kind": "X"}, "1003", "kind", "not in the table"),
        ({"doc-type": "3", "doc-number": "1"}, "1003", "doc-type", "not in the table"),
        ({"doc-number": "1"}, "1006", "doc-type", "blank"),
        ({"gender": "9"}, "1003", "gender", "not in the table"),
        ({"risk": "C6"}, "1003", "risk", "not in the table"),
        ({"born": "1990030"}, "1001", "born", ""),
        ({"name": "六" * 31}, "1001", "name", ""),
        ({"number": "1" * 17}, "1001", "number", ""),
        ({"serial": "a_b"}, "1001", "serial", ""),
        ({"serial": "a" * 25}, "1001", "serial", ""),
    ],
)
def test_refusals(bank: Bank, who: Someone, fields: dict[str, str], code: str, field: str, rule: str) -> None:
    image = customer(who.wealth, 1, name=who.name) | fields
    reply = bank.wealth.ask(image)
    assert (reply["serial"], reply["code"], reply["ecif"], reply["version"]) == (
        image["serial"],
        code,
        "",
        "0",
    )
    assert reply["text"].startswith(f"{place(image, field)} {rule}")


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ({"product": ""}, "1006"),
        ({"product": "*"}, "1006"),
        ({"amount": ""}, "1006"),
        ({"amount": "1.5"}, "1001"),
        ({"amount": "12345678901234.00"}, "1001"),
        ({"amount": "+1.00"}, "1001"),
        ({"product": "1234567890123"}, "1001"),
        ({"ccy": "XXX"}, "1003"),
        ({"status": "Q"}, "1003"),
        ({"bought": "2024"}, "1001"),
    ],
)
def test_refusals_of_positions(bank: Bank, who: Someone, position: dict[str, str], code: str) -> None:
    reply = bank.wealth.ask(customer(who.wealth, 1, name=who.name, positions=[FUND, FUND | position]))
    assert reply["code"] == code
    assert reply["text"].startswith("#17")


@pytest.mark.parametrize("change", [lambda text: text + b"|", lambda text: text[: text.rindex(b"|")],
                                    lambda text: text + b"P1,n,1.00,CNY,20240102",
                                    lambda text: text + b"P1,n,1.00,CNY,20240102,A,"])  # fmt: skip
def test_another_number_of_fields_or_parts_is_1001(bank: Bank, who: Someone, change: Any) -> None:
    image = customer(who.wealth, 1, name=who.name)
    reply = bank.wealth.ask(change(encode(image)))
    assert (reply["serial"], reply["code"]) == (image["serial"], "1001")
    assert reply["text"].startswith("#1")


def test_an_invalid_byte_in_a_text_is_1001_and_the_id_is_read(bank: Bank, who: Someone) -> None:
    image = customer(who.wealth, 1, name="@@")
    text = encode(image)
    reply = bank.wealth.ask(text.replace(b"@@", b"\xff\xff"))
    assert (reply["serial"], reply["code"]) == (image["serial"], "1001")
    assert reply["text"].startswith(f"#7@{text.index(b'@@')} ")


def test_an_unknown_type_is_1002_in_w101(bank: Bank) -> None:
    serial = new_serial()
    reply = bank.wealth.ask(f"W555|{serial}|x".encode())
    assert (reply["serial"], reply["code"], reply["version"]) == (serial, "1002", "0")
    assert reply["text"].startswith("#1@0 ")


def test_the_hubs_own_type_is_not_for_wealth(bank: Bank, who: Someone) -> None:
    values = dict.fromkeys(LINES["W200"], "") | {"type": "W200", "serial": new_serial(), "name": who.name}
    line, serial = bank.wealth.line(), str(values["serial"])
    line.send_bytes(frame(encode(values)))
    line.wait(lambda frames: any(f"|{serial}|2002|".encode() in text for text in frames), "2002")


def test_an_unmatched_reply_is_dropped(bank: Bank, who: Someone) -> None:
    line = bank.wealth.line()
    known = len(line.texts("W101"))
    line.send_bytes(frame(f"W201|{new_serial()}|0000|100000000001|3|".encode()))
    line.send_bytes(frame(f"W901|{new_serial()}".encode()))
    bank.wealth_says(who, 1)
    assert len(line.texts("W101")) == known + 1


def test_pushes_go_one_at_a_time_and_replies_meanwhile(bank: Bank) -> None:
    one, two = Someone(), Someone()
    for who in (one, two):
        bank.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    bank.wealth_box.script(one.wealth, Answer(after=2))
    bank.wealth_box.script(two.wealth, Answer(after=2))
    for who in (one, two):
        bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    first, second = (bank.wealth_box.take(who.wealth, seconds=12) for who in (one, two))
    assert abs(second.at - first.at) > 1.9


def test_a_reply_goes_out_while_a_push_is_open(bank: Bank, who: Someone) -> None:
    bank.wealth_says(who, 1, doc_type="0", doc_number=who.resident_id, sent_at=now(-60))
    line, other = bank.wealth.line(), Someone()
    asked: list[dict[str, Any]] = []
    bank.wealth_box.script(who.wealth, Answer(code=""))
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    push = bank.wealth_box.take(who.wealth)
    asked.append(line.ask(customer(other.wealth, 1, name=other.name), seconds=3))
    assert asked[0]["code"] == "0000"
    assert not line.closed
    assert time.monotonic() - push.at < 5
    line.wait_closed(10)
    again = bank.wealth_box.take(who.wealth, seconds=20)
    assert again.raw == push.raw
    assert again.line > push.line
    assert decode(again.raw)["serial"] == push["serial"]
