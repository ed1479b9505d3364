"""card.md: the hub signs on, customers come and are answered, what others say is pushed, both sides echo."""

import time

from tests.sheets.bank import Bank
from tests.sheets.card_client import ECHO, SIGN_ON, customer, decode, encode, head, mac, now
from tests.sheets.people import Someone


def test_the_hub_signs_on_before_anything_else(bank: Bank) -> None:
    bank.card.wait_signed_on()
    first = bank.card.messages[0]
    request = decode(first)
    assert (request["MTI"], request["DE70"]) == ("0800", SIGN_ON)
    assert set(request) == {"MTI", "DE7", "DE11", "DE70"}
    assert first[-8:] == mac(first[:-8])


def test_a_customer_is_answered(bank: Bank, who: Someone) -> None:
    bank.card.wait_signed_on()
    tags = {"02": who.name, "03": "01", "04": who.resident_id, "21": "6200000000000000037,DC01,0"}
    request = customer(who.card, 1, tags, DE12="093000", DE13="0105", DE32="12345")
    answer = bank.card.ask(request)
    assert (answer["MTI"], answer["DE39"]) == ("0312", "00")
    assert [answer[name] for name in ("DE7", "DE11", "DE37", "DE102")] == [
        request[name] for name in ("DE7", "DE11", "DE37", "DE102")
    ]
    assert set(answer) == {"MTI", "DE7", "DE11", "DE37", "DE39", "DE48", "DE102"}
    assert answer["DE48"]["32"] == "0000"
    assert len(answer["DE48"]["30"]) == 12
    assert answer["DE48"]["31"] == "1"
    known = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    assert known["REPLY-ECIF-NO"] == answer["DE48"]["30"]


def test_a_repeat_gets_the_same_answer(bank: Bank, who: Someone) -> None:
    bank.card.wait_signed_on()
    request = customer(who.card, 1, {"02": who.name})
    first = bank.card.ask_raw(request)
    assert bank.card.ask_raw({**request, "MTI": "0303"}) == first
    assert bank.card.ask_raw(request) == first


def test_a_repeat_whose_first_copy_never_came_is_taken(bank: Bank, who: Someone) -> None:
    bank.card.wait_signed_on()
    answer = bank.card.ask({**customer(who.card, 1, {"02": who.name}), "MTI": "0303"})
    assert (answer["MTI"], answer["DE48"]["32"]) == ("0312", "0000")


def test_an_older_image_is_0003(bank: Bank, who: Someone) -> None:
    bank.card_says(who, 5)
    answer = bank.card.ask(customer(who.card, 5, {"02": who.name}))
    assert (answer["DE39"], answer["DE48"]["32"]) == ("00", "0003")


def test_holdings_alone_are_0001(bank: Bank, who: Someone) -> None:
    bank.card_says(who, 1)
    for seq, cards in enumerate(["6200000000000000045,CC02,1", ""], 2):
        answer = bank.card.ask(customer(who.card, seq, {"02": who.name, "21": cards}))
        assert (answer["DE39"], answer["DE48"]["32"]) == ("00", "0001")


def test_a_change_elsewhere_is_pushed(bank: Bank, who: Someone) -> None:
    answer = bank.card_says(who, 1, t03="01", t04=who.resident_id)
    identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    bank.core_says(who, 1, CUST_MOBILE=who.mobile, CUST_ADDRESS="北京市东城区试验路3号", **identity)
    push = bank.card.box.take_until(who.card, {"MTI": "0302"})
    assert (push["DE91"], push["DE101"], push["DE102"]) == ("2", "CUSTOMER", who.card)
    tags = push["DE48"]
    assert (tags["01"], tags["02"], tags["30"]) == ("P", who.name, answer["DE48"]["30"])
    assert (tags["07"], tags["08"]) == (who.mobile, "北京市东城区试验路3号")
    assert int(tags["31"]) > 1
    assert not {"20", "21", "32", "33"} & set(tags)
    assert push["DE37"].isalnum()
    assert set(push.values) == {"MTI", "DE7", "DE11", "DE37", "DE48", "DE91", "DE101", "DE102"}
    assert abs(int(push["DE7"][4:6]) - int(now()[4:6])) in (0, 1, 23)


def test_a_withdrawn_value_is_pushed_as_the_clear_mark(bank: Bank, who: Someone) -> None:
    identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    bank.core_says(who, 1, CUST_MOBILE=who.mobile, CUST_BIRTH_OR_FOUNDED=who.born, **identity)
    bank.card_says(who, 1, t03="01", t04=who.resident_id, t07=who.mobile, t05=who.born)
    bank.core_says(who, 2, CUST_MOBILE="*", CUST_BIRTH_OR_FOUNDED="99999999", **identity)
    answer = bank.card_says(who, 2, t03="01", t04=who.resident_id, t07="*", t05="99999999")
    assert answer["DE39"] == "00"
    bank.core_says(who, 3, CUST_MOBILE=who.other_mobile, **identity)
    push = bank.card.box.take(who.card)
    assert push["DE48"]["07"] == who.other_mobile


def test_an_echo_is_answered(bank: Bank) -> None:
    bank.card.wait_signed_on()
    request = head("0800", DE70=ECHO)
    assert bank.card.ask(request) == request | {"MTI": "0810", "DE39": "00"}


def test_thirty_two_requests_are_open_at_once(bank: Bank) -> None:
    bank.card.wait_signed_on()
    requests = [customer(Someone().card, 1) for _ in range(32)]
    bodies = [encode(request) for request in requests]
    bank.card.send_bytes(b"".join(len(body).to_bytes(2) + body for body in bodies))
    for request in requests:
        key = (request["DE7"] + request["DE11"]).encode()
        ends = time.monotonic() + 10
        while not bank.card._answers(key):
            assert time.monotonic() < ends, "an answer is missing"
            time.sleep(0.02)
        assert decode(bank.card._answers(key)[0])["DE48"]["32"] == "0000"
