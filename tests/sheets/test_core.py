"""core.md: what core is promised on its own line, reply by reply."""

import re
import time
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import CoreLine, customer, decode, encode, new_id, now
from tests.sheets.people import Someone

ACCOUNT = {
    "ACCT-NO": "6200000000000000011", "ACCT-PRODUCT": "D001", "ACCT-CCY": "CNY", "ACCT-BALANCE": "1234567.89",
    "ACCT-OPENED": "20200101", "ACCT-STATUS": "A",
}  # fmt: skip


def test_a_new_customer_is_stored_and_numbered(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    reply = bank.core.ask(image)
    assert (reply["REPLY-CODE"], reply["REPLY-TO"], reply["REPLY-TEXT"]) == ("0000", image["MSG-ID"], "")
    assert re.fullmatch(r"[1-9]\d{11}", reply["REPLY-ECIF-NO"])
    assert 1 <= reply["REPLY-VERSION"] <= 999_999_999
    assert re.fullmatch(r"[0-9A-Z]{1,16}", reply["MSG-ID"])
    assert abs(int(reply["MSG-SENT-AT"]) - int(now())) < 100
    assert reply["MSG-POSSDUP"] == ""


def test_the_same_again_in_a_new_message_changes_nothing(bank: Bank, who: Someone) -> None:
    first = bank.core_says(who, 1, CUST_MOBILE=who.mobile)
    second = bank.core.ask(customer(who.core, 2, CUST_NAME=who.name, CUST_MOBILE=who.mobile))
    assert second["REPLY-CODE"] == "0001"
    assert (second["REPLY-ECIF-NO"], second["REPLY-VERSION"]) == (
        first["REPLY-ECIF-NO"],
        first["REPLY-VERSION"],
    )


def test_holdings_alone_count_as_nothing(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1)
    assert bank.core_says(who, 2, ACCT=[ACCOUNT])["REPLY-CODE"] == "0001"


def test_a_change_raises_the_version(bank: Bank, who: Someone) -> None:
    first = bank.core_says(who, 1, CUST_MOBILE=who.mobile)
    second = bank.core_says(who, 2, CUST_MOBILE=who.other_mobile)
    assert second["REPLY-CODE"] == "0000"
    assert second["REPLY-ECIF-NO"] == first["REPLY-ECIF-NO"]
    assert second["REPLY-VERSION"] > first["REPLY-VERSION"]


@pytest.mark.fault("M1", "exact duplicate")
def test_a_resend_gets_the_same_reply(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name, CUST_MOBILE=who.mobile)
    first = bank.core.ask_raw(image)
    bank.core_says(who, 2, CUST_MOBILE=who.other_mobile)
    assert bank.core.ask_raw(image)[35:] == first[35:]
    flagged = image | {"MSG-POSSDUP": "Y", "MSG-SENT-AT": now(30)}
    assert bank.core.ask_raw(flagged)[35:] == first[35:]


def test_a_refusal_is_repeated_to_a_resend(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name, CUST_SEX="X")
    first = bank.core.ask_raw(image)
    assert decode(first)["REPLY-CODE"] == "1003"
    assert bank.core.ask_raw(image | {"MSG-POSSDUP": "Y"})[35:] == first[35:]


@pytest.mark.fault("M2", "core")
def test_the_same_id_with_other_content_is_1004(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name)
    bank.core.ask(image)
    reply = bank.core.ask(image | {"CUST-MOBILE": who.mobile})
    assert reply["REPLY-CODE"] == "1004"
    assert bank.core.ask(image)["REPLY-CODE"] == "0000"


def test_a_corrected_message_needs_a_new_id(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name, CUST_SEX="X")
    assert bank.core.ask(image)["REPLY-CODE"] == "1003"
    assert bank.core.ask(image | {"CUST-SEX": "M"})["REPLY-CODE"] == "1004"
    assert bank.core.ask(image | {"CUST-SEX": "M", "MSG-ID": new_id()})["REPLY-CODE"] == "0000"


def test_a_refused_message_does_not_use_up_its_seq(bank: Bank, who: Someone) -> None:
    bank.core.ask(customer(who.core, 9, CUST_NAME=who.name, CUST_SEX="X"))
    assert bank.core_says(who, 9)["REPLY-CODE"] == "0000"


@pytest.mark.fault("M3", "older sequence numbers")
@pytest.mark.parametrize("seq", [4, 5])
def test_a_seq_not_higher_is_0003_with_number_and_version(bank: Bank, who: Someone, seq: int) -> None:
    now_there = bank.core_says(who, 5, CUST_MOBILE=who.mobile)
    reply = bank.core.ask(customer(who.core, seq, CUST_NAME=who.name, CUST_MOBILE=who.other_mobile))
    assert reply["REPLY-CODE"] == "0003"
    for field in ("REPLY-ECIF-NO", "REPLY-VERSION"):
        assert reply[field] == now_there[field]
    assert bank.golden(reply["REPLY-ECIF-NO"])["phones"] == [{"use": 1, "number": who.mobile}]


def test_a_message_id_is_compared_without_padding_and_may_be_short(bank: Bank, who: Someone) -> None:
    image = customer(who.core, 1, CUST_NAME=who.name) | {"MSG-ID": new_id()[:7]}
    reply = bank.core.ask(image)
    assert (reply["REPLY-CODE"], reply["REPLY-TO"]) == ("0000", image["MSG-ID"])


def test_heartbeat(bank: Bank) -> None:
    beat = {"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now(-50)}
    bank.core.send(beat)
    answer = bank.core.wait_reply(beat["MSG-ID"])
    assert len(answer) == 35
    values = decode(answer)
    assert (values["MSG-TYPE"], values["MSG-ID"]) == ("HB01", beat["MSG-ID"])
    assert values["MSG-SENT-AT"] > beat["MSG-SENT-AT"]


def test_a_keep_alive_gets_no_answer(bank: Bank) -> None:
    with bank.core_line() as line:
        line.send_bytes(bytes(4))
        beat = {"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()}
        line.send(beat)
        line.wait_reply(beat["MSG-ID"])
        types = [frame[:4].decode("cp037") for frame in line.frames]
        assert [each for each in types if each != "CP01"] == ["HB01"]


def test_many_in_flight_are_each_answered(bank: Bank) -> None:
    images = [customer(each.core, 1, CUST_NAME=each.name) for each in (Someone() for _ in range(40))]
    for image in images:
        bank.core.send(image)
    for image in images:
        assert decode(bank.core.wait_reply(image["MSG-ID"]))["REPLY-CODE"] == "0000"


@pytest.mark.fault("C9", "core: the one silent longest gives way")
def test_a_fifth_connection_closes_the_one_silent_longest(bank: Bank) -> None:
    lines: list[CoreLine] = []
    bank.core.ask({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})
    for _ in range(3):
        lines.append(bank.core_line())
        time.sleep(0.02)
    for line in (lines[1], lines[2], bank.core):  # lines[0] stays silent
        line.ask({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})
    fifth = bank.core_line()
    lines[0].wait_closed()
    for line in (lines[1], lines[2], bank.core, fifth):
        line.ask({"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()})
    for line in (lines[1], lines[2], fifth):
        line.close()


@pytest.mark.fault("P3", "reply for an unknown id")
def test_unknown_replies_are_never_answered(bank: Bank) -> None:
    with bank.core_line() as line:
        stray = {
            "MSG-TYPE": "RP01", "MSG-ID": new_id(), "MSG-SENT-AT": now(), "REPLY-TO": "HNEVERSENT000001",
            "REPLY-CODE": "0000", "REPLY-ECIF-NO": "100000000001", "REPLY-VERSION": 3,
        }  # fmt: skip
        line.send(stray)
        beat = {"MSG-TYPE": "HB00", "MSG-ID": new_id(), "MSG-SENT-AT": now()}
        line.ask(beat)
        assert not [frame for frame in line.frames if frame[:4] == "RP01".encode("cp037")]


def _renumber(old: str, new: str, seq: int, **fields: Any) -> dict[str, Any]:
    return {
        "MSG-TYPE": "CN01", "MSG-ID": new_id(), "MSG-SENT-AT": now(), "OLD-CUST-NO": old, "NEW-CUST-NO": new,
        "CUST-SEQ": seq,
    } | fields  # fmt: skip


def test_a_replaced_number_moves_its_customer(bank: Bank, who: Someone) -> None:
    first, new = bank.core_says(who, 1, CUST_MOBILE=who.mobile), Someone().core
    image = _renumber(who.core, new, 2)
    reply = bank.core.ask_raw(image)
    assert decode(reply)["REPLY-CODE"] in ("0000", "0001")
    assert decode(reply)["REPLY-ECIF-NO"] == first["REPLY-ECIF-NO"]
    assert bank.core.ask_raw(image)[35:] == reply[35:]
    later = bank.core.ask(customer(new, 3, CUST_NAME=who.name, CUST_MOBILE=who.other_mobile))
    assert (later["REPLY-CODE"], later["REPLY-ECIF-NO"]) == ("0000", first["REPLY-ECIF-NO"])


def test_a_number_that_was_replaced_cannot_be_replaced_again(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1)
    bank.core.ask(_renumber(who.core, Someone().core, 2))
    assert bank.core.ask(_renumber(who.core, Someone().core, 3))["REPLY-CODE"] == "2001"


def test_replacing_an_unknown_number_is_2001(bank: Bank, who: Someone) -> None:
    assert bank.core.ask(_renumber(who.core, Someone().core, 2))["REPLY-CODE"] == "2001"


def test_two_numbers_become_one_party_and_the_surviving_number_is_pushed(bank: Bank, who: Someone) -> None:
    """NEW exists already, as another party: both are one now, and whoever knew the other number is told."""
    new = Someone()
    kept = bank.core.ask(customer(new.core, 1, CUST_NAME=who.name))
    moved = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    loan = bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)
    assert loan["ECIF_NO"] == moved["REPLY-ECIF-NO"] != kept["REPLY-ECIF-NO"]
    reply = bank.core.ask(_renumber(who.core, new.core, 2))
    assert reply["REPLY-CODE"] == "0000"
    survivor = reply["REPLY-ECIF-NO"]
    assert survivor in (kept["REPLY-ECIF-NO"], moved["REPLY-ECIF-NO"])
    assert reply["REPLY-VERSION"] > max(kept["REPLY-VERSION"], moved["REPLY-VERSION"], loan["VERSION"])
    for number in (kept["REPLY-ECIF-NO"], moved["REPLY-ECIF-NO"]):
        assert bank.golden(number)["ecif"] == survivor, "a merged number resolves for ever"
    box, pushed = (bank.loan_box, who.loan) if survivor != loan["ECIF_NO"] else (bank.core_box, new.core)
    push = box.take(pushed)
    assert push.values.get("ECIF_NO", push.values.get("ECIF-NO")) == survivor


def test_0002_the_same_document_under_another_name_is_for_a_steward(bank: Bank, who: Someone) -> None:
    there = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    other = customer(Someone().core, 1, CUST_NAME="完全别人", CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    reply = bank.core.ask(other)
    assert reply["REPLY-CODE"] == "0002"
    assert re.fullmatch(r"[1-9]\d{11}", reply["REPLY-ECIF-NO"])
    assert reply["REPLY-ECIF-NO"] != there["REPLY-ECIF-NO"]
    assert bank.golden(reply["REPLY-ECIF-NO"])["name"] == "完全别人"


def test_replacing_a_number_with_a_stale_seq_is_0003(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 5)
    assert bank.core.ask(_renumber(who.core, Someone().core, 5))["REPLY-CODE"] == "0003"
    assert bank.core_says(who, 6)["REPLY-CODE"] == "0001"


def test_a_blank_says_nothing(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, CUST_MOBILE=who.mobile, CUST_RISK="R2", CUST_BIRTH_OR_FOUNDED=who.born)
    reply = bank.core_says(who, 2)
    assert reply["REPLY-CODE"] == "0001"
    golden = bank.golden(reply["REPLY-ECIF-NO"])
    assert golden["phones"] == [{"use": 1, "number": who.mobile}]
    assert (golden["risk"], golden["born"]) == (2, who.born)


def test_the_clear_mark_withdraws(bank: Bank, who: Someone) -> None:
    bank.core_says(
        who, 1, CUST_MOBILE=who.mobile, CUST_RISK="R2", CUST_BIRTH_OR_FOUNDED=who.born, CUST_ID_TYPE="02",
        CUST_ID_NO=who.passport, CUST_ADDRESS="北京市东城区", CUST_POSTCODE="100010", CUST_SEX="F",
    )  # fmt: skip
    reply = bank.core_says(
        who, 2, CUST_MOBILE="*", CUST_RISK="*", CUST_BIRTH_OR_FOUNDED="99999999", CUST_ID_TYPE="02",
        CUST_ID_NO="*", CUST_ADDRESS="*", CUST_SEX="*",
    )  # fmt: skip
    assert reply["REPLY-CODE"] == "0000"
    golden = bank.golden(reply["REPLY-ECIF-NO"])
    gone = ("phones", "risk", "born", "documents", "addresses", "gender")
    assert not [field for field in gone if golden.get(field)]


def test_an_entry_with_another_number_has_no_expiry_and_with_the_same_keeps_it(
    bank: Bank, who: Someone
) -> None:
    document = {"CUST_ID_TYPE": "02", "CUST_ID_NO": who.passport}
    reply = bank.core_says(who, 1, **document, CUST_ID_EXPIRY="20390101")
    bank.core_says(who, 2, **document)
    kept = {"type": 2, "number": who.passport, "expiry": "20390101"}
    assert bank.golden(reply["REPLY-ECIF-NO"])["documents"] == [kept]
    bank.core_says(who, 3, CUST_ID_TYPE="02", CUST_ID_NO=who.passport + "X")
    assert bank.golden(reply["REPLY-ECIF-NO"])["documents"] == [{"type": 2, "number": who.passport + "X"}]


def test_the_document_is_a_single_slot(bank: Bank, who: Someone) -> None:
    reply = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    bank.core_says(who, 2, CUST_ID_TYPE="02", CUST_ID_NO=who.passport)
    assert bank.golden(reply["REPLY-ECIF-NO"])["documents"] == [{"type": 2, "number": who.passport}]


def test_a_wrong_check_digit_is_stored_and_answered_as_usual(bank: Bank, who: Someone) -> None:
    wrong = who.resident_id[:-1] + ("0" if who.resident_id[-1] != "0" else "1")
    reply = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=wrong)
    assert reply["REPLY-CODE"] == "0000"
    assert bank.golden(reply["REPLY-ECIF-NO"])["documents"] == [{"type": 1, "number": wrong}]


def test_an_impossible_birth_date_is_stored(bank: Bank, who: Someone) -> None:
    reply = bank.core_says(who, 1, CUST_BIRTH_OR_FOUNDED="19850231")
    assert reply["REPLY-CODE"] == "0000"


def test_zoned_and_packed_of_blanks_or_zeros_are_blank(bank: Bank, who: Someone) -> None:
    reply = bank.core_says(who, 1, CUST_BIRTH_OR_FOUNDED=who.born)
    for seq, filling in ((2, b"\x40"), (3, b"\x00")):
        record = encode(customer(who.core, seq, CUST_NAME=who.name))
        record = record[:137] + filling * 13 + record[150:]
        assert decode(bank.core.ask_raw(record))["REPLY-CODE"] == "0001"
    assert bank.golden(reply["REPLY-ECIF-NO"])["born"] == who.born


def test_a_text_of_low_values_is_blank(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, CUST_MOBILE=who.mobile)
    record = encode(customer(who.core, 2, CUST_NAME=who.name))
    assert decode(bank.core.ask_raw(record[:151] + bytes(15) + record[166:]))["REPLY-CODE"] == "0001"


def test_sign_c_is_read_as_f(bank: Bank, who: Someone) -> None:
    record = encode(
        customer(
            who.core,
            1,
            CUST_NAME=who.name,
            CUST_ID_TYPE="02",
            CUST_ID_NO=who.passport,
            CUST_ID_EXPIRY="20390101",
        )
    )
    assert record[137:142].hex() == "020390101f"
    reply = decode(bank.core.ask_raw(record[:137] + bytes.fromhex("020390101c") + record[142:]))
    assert reply["REPLY-CODE"] == "0000"
    assert bank.golden(reply["REPLY-ECIF-NO"])["documents"][0]["expiry"] == "20390101"


def test_possdup_n_reads_as_blank(bank: Bank, who: Someone) -> None:
    assert bank.core.ask(customer(who.core, 1, CUST_NAME=who.name, MSG_POSSDUP="N"))["REPLY-CODE"] == "0000"


def test_a_time_far_ahead_counts_as_the_hubs_own(bank: Bank, who: Someone) -> None:
    document = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    bank.core_says(who, 1, **document, CUST_MOBILE=who.mobile, MSG_SENT_AT=now(86_400))
    reply = bank.loan_says(
        who, 1, ID_TYPE="10", ID_NO=who.resident_id, MOBILE=who.other_mobile, SENT_AT=now(200)
    )
    assert bank.golden(reply["ECIF_NO"])["phones"] == [{"use": 1, "number": who.other_mobile}]


def test_the_address_is_home_of_a_person_and_registered_of_an_organization(bank: Bank, who: Someone) -> None:
    line, person = (
        {"CUST_ADDRESS": "北京市东城区试验路7号"},
        bank.core_says(who, 1, CUST_ADDRESS="北京市东城区试验路7号"),
    )
    assert bank.golden(person["REPLY-ECIF-NO"])["addresses"] == [{"use": 1, "line": line["CUST_ADDRESS"]}]
    company = Someone()
    reply = bank.core_says(company, 1, CUST_KIND="O", CUST_NAME="试验贸易有限公司", **line)
    assert bank.golden(reply["REPLY-ECIF-NO"])["addresses"] == [{"use": 4, "line": line["CUST_ADDRESS"]}]


@pytest.mark.parametrize("dot", ["\u30fb", "\u2022", "\u00b7"])
def test_all_middle_dots_are_one(bank: Bank, who: Someone, dot: str) -> None:
    name = f"买买提\u00b7吐尔逊{who.number % 10}"
    first = bank.ebank_says(who, 1, name=name.replace("\u00b7", dot))
    assert bank.golden(first["ecif"])["name"] == name
