"""card.md: what is refused, with which code in element 39 and in tag 32, where; and what gets no answer."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.card_client import CardHost, customer, decode, encode, head, offset
from tests.sheets.people import Someone


@pytest.fixture
def card(bank: Bank) -> CardHost:
    bank.card.wait_signed_on()
    return bank.card


def _refused(card: CardHost, request: Mapping[str, Any] | bytes, short: str, code: str) -> str:
    answer = card.ask(request)
    assert (answer["DE39"], answer["DE48"]["32"]) == (short, code)
    assert "30" not in answer["DE48"]
    text: str = answer["DE48"]["33"]
    assert text.isascii()
    assert len(text) <= 60
    return text


def test_a_wrong_mac_is_1005_and_uses_up_no_id(card: CardHost, who: Someone) -> None:
    body = encode(customer(who.card, 1, {"02": who.name}))
    _refused(card, body[:-1] + bytes([body[-1] ^ 1]), "63", "1005")
    assert decode(card.ask_raw(body))["DE48"]["32"] == "0000"


def test_a_wrong_mac_in_an_echo_is_63(card: CardHost) -> None:
    request = head("0800", DE70="301")
    body = encode(request)
    answer = card.ask(body[:-1] + bytes([body[-1] ^ 1]))
    assert answer == request | {"MTI": "0810", "DE39": "63"}


def test_a_message_without_a_mac_is_1005(card: CardHost, who: Someone) -> None:
    _refused(card, encode(customer(who.card, 1), sealed=False), "63", "1005")


@pytest.mark.parametrize("name", ["DE37", "DE48", "DE91", "DE101", "DE102"])
def test_an_element_that_must_be_there_is_1006(card: CardHost, who: Someone, name: str) -> None:
    request = customer(who.card, 1, {"02": who.name})
    del request[name]
    _refused(card, request, "30", "1006")


def test_an_echo_without_its_kind_is_30(card: CardHost) -> None:
    answer = card.ask(head("0800"))
    assert (answer["MTI"], answer["DE39"]) == ("0810", "30")


@pytest.mark.parametrize("tag", ["01", "02", "20"])
@pytest.mark.parametrize("value", [None, "", "*"])
def test_a_tag_that_must_say_something_is_1006(
    card: CardHost, who: Someone, tag: str, value: str | None
) -> None:
    request = customer(who.card, 1, {"02": who.name})
    request["DE48"] = {name: text for name, text in request["DE48"].items() if name != tag}
    if value is not None:
        request["DE48"] = dict(sorted((request["DE48"] | {tag: value}).items()))
    text = _refused(card, request, "30", "1006")
    assert text.startswith(f"DE48.{tag}@")


@pytest.mark.parametrize("element", [{"DE70": "301"}, {"DE39": "00"}, {"DE2": "6200000000000000037"}])
def test_any_other_element_is_1001(card: CardHost, who: Someone, element: dict[str, str]) -> None:
    request = customer(who.card, 1, {"02": who.name}) | element
    body = encode(request)
    name = next(iter(element))
    text = _refused_anywhere(card, body, request)
    assert text.startswith(f"{name}@")


def _refused_anywhere(card: CardHost, body: bytes, request: Mapping[str, Any]) -> str:
    """An element before 7 moves what answers are matched by."""
    before = len(card.messages)
    card.send(body)
    with card._changed:
        card._changed.wait_for(lambda: any(m[:4] == b"0312" for m in card.messages[before:]), 5)
    answers = [decode(m) for m in card.messages[before:] if m[:4] == b"0312"]
    answer = next(a for a in answers if a["DE11"] == request["DE11"])
    assert (answer["DE39"], answer["DE48"]["32"]) == ("30", "1001")
    return str(answer["DE48"]["33"])


def test_a_tag_twice_is_1001(card: CardHost, who: Someone) -> None:
    request = customer(who.card, 1)
    request["DE48"] = [*request["DE48"].items(), ("02", "again")]
    assert _refused(card, request, "30", "1001").startswith("DE48.02@")


@pytest.mark.parametrize("data", [b"01001P02099X", b"01001P0200", b"01001P02xx1Y"])
def test_lengths_that_do_not_fit_are_1001(card: CardHost, who: Someone, data: bytes) -> None:
    _refused(card, customer(who.card, 1) | {"DE48": data}, "30", "1001")


def test_an_unknown_tag_is_ignored(card: CardHost, who: Someone) -> None:
    answer = card.ask(customer(who.card, 1, {"02": who.name, "77": "what is this"}))
    assert answer["DE48"]["32"] == "0000"


def test_tags_come_in_any_order(card: CardHost, who: Someone) -> None:
    request = customer(who.card, 1, {"02": who.name, "07": who.mobile})
    request["DE48"] = list(reversed(request["DE48"].items()))
    assert card.ask(request)["DE48"]["32"] == "0000"


@pytest.mark.parametrize(("tag", "value"), [("01", "X"), ("03", "98"), ("06", "U")])
def test_a_code_that_is_in_no_table_is_1003(card: CardHost, who: Someone, tag: str, value: str) -> None:
    request = customer(who.card, 1, {"02": who.name, "04": who.resident_id, "03": "01", tag: value})
    text = _refused(card, request, "30", "1003")
    assert text == f"DE48.{tag}@{offset(encode(request), tag)} not in the table"


def test_a_cards_status_that_is_in_no_table_is_1003(card: CardHost, who: Someone) -> None:
    cards = "6200000000000000037,DC01,0;6200000000000000045,CC02,7"
    request = customer(who.card, 1, {"02": who.name, "21": cards})
    text = _refused(card, request, "30", "1003")
    assert f"@{offset(encode(request), '21') + len(cards) - 1} " in text


@pytest.mark.parametrize(
    "cards",
    [
        "6200,DC01",
        "6200,DC01,0;",
        "62000000000000000370,DC01,0",
        ";".join(["6200,DC01,0"] * 21),
        "6200,DC01,0,1",
    ],
)
def test_cards_that_cannot_be_read_are_1001(card: CardHost, who: Someone, cards: str) -> None:
    _refused(card, customer(who.card, 1, {"21": cards}), "30", "1001")


@pytest.mark.parametrize(
    ("tag", "value"), [("05", "1990030"), ("05", "*"), ("20", "-1"), ("20", "12345678901"), ("02", "X" * 61)]
)
def test_a_value_that_cannot_be_read_is_1001(card: CardHost, who: Someone, tag: str, value: str) -> None:
    _refused(card, customer(who.card, 1, {tag: value}), "30", "1001")


def test_text_that_is_no_gbk_is_1001(card: CardHost, who: Someone) -> None:
    _refused(card, customer(who.card, 1) | {"DE48": b"01001P02002\x81\xff200011"}, "30", "1001")


def test_half_a_pair_is_1006(card: CardHost, who: Someone) -> None:
    assert _refused(card, customer(who.card, 1, {"04": who.resident_id}), "30", "1006").startswith("DE48.03@")


def test_another_kind_of_party_is_1006(card: CardHost, who: Someone) -> None:
    card.ask(customer(who.card, 1, {"02": who.name}))
    _refused(card, customer(who.card, 2, {"01": "O", "02": who.name}), "30", "1006")


def test_an_id_used_for_other_content_is_1004(card: CardHost, who: Someone) -> None:
    request = customer(who.card, 1, {"02": who.name})
    card.ask(request)
    changed = request | {"DE48": request["DE48"] | {"02": "another"}}
    assert _refused(card, changed, "94", "1004").startswith("DE37@36 ")


@pytest.mark.parametrize("when", ["0230120000", "1301120000", "0105240000", "0105120060"])
def test_an_impossible_date_is_1001(card: CardHost, who: Someone, when: str) -> None:
    assert _refused(card, customer(who.card, 1, DE7=when), "30", "1001").startswith("DE7@20 ")


def test_another_file_than_customer_is_1001(card: CardHost, who: Someone) -> None:
    assert _refused(card, customer(who.card, 1, DE101="ACCOUNTS"), "30", "1001").startswith("DE101@")


def test_an_unknown_request_is_1002_in_its_own_answer(card: CardHost, who: Someone) -> None:
    answer = card.ask({**customer(who.card, 1), "MTI": "0420"})
    assert (answer["MTI"], answer["DE39"], answer["DE48"]["32"]) == ("0430", "30", "1002")


@pytest.mark.parametrize("mti", ["0312", "0430", "0810"])
def test_answers_that_nobody_waits_for_are_silent(card: CardHost, who: Someone, mti: str) -> None:
    card.assert_unanswered(encode({**customer(who.card, 1), "MTI": mti}))


@pytest.mark.parametrize(
    ("name", "bad"), [("DE11", b"00A042"), ("DE7", b"01050930x0"), ("DE11", None), ("DE7", None)]
)
def test_without_a_readable_time_and_trace_there_is_no_answer(
    card: CardHost, who: Someone, name: str, bad: bytes | None
) -> None:
    request = customer(who.card, 1)
    if bad is None:
        del request[name]
    card.assert_unanswered(encode(request | ({name: bad} if bad is not None else {})))
