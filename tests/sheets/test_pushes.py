"""README, What a push means: when the hub pushes, what it writes, and when it stays silent.

Shapes used below: `who` is one customer that all three systems know by the same resident number.
"""

import time
from typing import Any

import pytest

from tests.sheets import core_client, ebank_client, loan_client
from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.ebank_client import document
from tests.sheets.people import Someone
from tests.sheets.pushes import Answer

ADDRESS = "北京市东城区试验路2号"


@pytest.fixture(autouse=True)
def _at_the_start_of_a_second() -> None:
    """The sheets' times are cut to seconds. Where a second begins between one system's first image and its
    change, that change is as old as another system's image in the new second, and the value that more systems
    say wins: right, and not what these tests are about."""
    fraction = time.time() % 1
    if fraction > 0.1:
        time.sleep(1 - fraction)


def core_id(who: Someone) -> dict[str, Any]:
    return {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id, "CUST_ID_EXPIRY": "20390101"}


def loan_id(who: Someone) -> dict[str, Any]:
    return {"ID_TYPE": "10", "ID_NO": who.resident_id, "ID_EXPIRY": "20390101"}


def ebank_id(who: Someone) -> dict[str, Any]:
    return {"documents": [document(1, who.resident_id, "20390101")]}


def everything(who: Someone) -> dict[str, Any]:
    """What ebank says of a customer whom the others hardly know; all of it fits in core and loan."""
    return {
        "documents": [document(1, who.resident_id, "20390101")], "born": who.born, "gender": 2,
        "phones": [{"use": 1, "number": who.mobile}, {"use": 2, "number": "010-60000001"}],
        "addresses": [{"use": 1, "line": ADDRESS, "postcode": "100010"}], "email": "xm@example.com",
        "risk": 3, "employer": "试验贸易有限公司", "nationality": "CHN",
    }  # fmt: skip


def test_core_is_pushed_byte_by_byte(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    reply = bank.ebank_says(who, 1, **everything(who))
    push = bank.core_box.take(who.core)
    assert push.raw == core_client.encode({
        "MSG-TYPE": "CP01", "MSG-ID": push["MSG-ID"], "MSG-SENT-AT": push["MSG-SENT-AT"], "MSG-POSSDUP": "",
        "ECIF-NO": reply["ecif"], "ECIF-VERSION": reply["version"], "CUST-NO": who.core, "CUST-KIND": "P",
        "CUST-NAME": who.name, "CUST-ID-TYPE": "01", "CUST-ID-NO": who.resident_id,
        "CUST-ID-EXPIRY": "20390101", "CUST-BIRTH-OR-FOUNDED": who.born, "CUST-SEX": "F",
        "CUST-MOBILE": who.mobile, "CUST-ADDRESS": ADDRESS, "CUST-POSTCODE": "100010", "CUST-RISK": "R3",
    })  # fmt: skip
    assert len(push.raw) == 307
    assert abs(int(push["MSG-SENT-AT"]) - int(now())) < 100


def test_loan_is_pushed_byte_by_byte(bank: Bank, who: Someone) -> None:
    bank.loan_says(who, 1, **loan_id(who), MARITAL="21", ANNUAL_INCOME="120000.00", RATING="AA")
    reply = bank.ebank_says(who, 1, **everything(who))
    push = bank.loan_box.take(who.loan)
    assert push.raw == loan_client.encode({
        "TYPE": "LN20", "SERIAL": push["SERIAL"], "SENT_AT": push["SENT_AT"], "DUP": "0",
        "ECIF_NO": reply["ecif"], "VERSION": reply["version"], "CUST_NO": who.loan, "KIND": "1",
        "STATUS": "1", "NAME": who.name, "ID_TYPE": "10", "ID_NO": who.resident_id, "ID_EXPIRY": "20390101",
        "BORN_OR_FOUNDED": who.born, "SEX": "2", "MARITAL": "20", "EDUCATION": "", "MOBILE": who.mobile,
        "HOME_TEL": "010-60000001", "EMAIL": "xm@example.com", "ADDR_USE": "01", "ADDRESS": ADDRESS,
        "POSTCODE": "100010", "EMPLOYER": "试验贸易有限公司", "ANNUAL_INCOME": "120000.00", "INDUSTRY": "",
        "RATING": "AA",
    })  # fmt: skip


def _values(message: bytes) -> list[bytes]:
    """The TLVs of a message in one order, since the sheet sets none."""
    data, out = message[ebank_client.HEAD : -ebank_client.MAC], []
    while data:
        size = 4 + int.from_bytes(data[2:4], "big")
        out, data = [*out, data[:size]], data[size:]
    return sorted(out)


def test_ebank_is_pushed_byte_by_byte(bank: Bank, who: Someone) -> None:
    first = {
        "documents": [document(1, who.resident_id), document(2, who.passport, "20390101")],
        "nationality": "CHN",
    }
    bank.ebank_says(who, 1, **first)
    reply = bank.core_says(
        who, 1, **core_id(who), CUST_BIRTH_OR_FOUNDED=who.born, CUST_SEX="F",
        CUST_MOBILE=who.mobile, CUST_ADDRESS=ADDRESS, CUST_POSTCODE="100010", CUST_RISK="R4",
    )  # fmt: skip
    push = bank.ebank_box.take(who.ebank)
    expected = ebank_client.encode({
        "type": 0x30, "id": push["id"], "time": push["time"], "ecif": reply["REPLY-ECIF-NO"],
        "version": reply["REPLY-VERSION"], "number": who.ebank, "kind": 1, "name": who.name,
        "born": who.born, "gender": 2,
        "documents": [document(1, who.resident_id, "20390101"), document(2, who.passport, "20390101")],
        "phones": [{"use": 1, "number": who.mobile}],
        "addresses": [{"use": 1, "line": ADDRESS, "postcode": "100010"}], "risk": 4, "nationality": "CHN",
    })  # fmt: skip
    assert (push.raw[:19], _values(push.raw)) == (expected[:19], _values(expected))


def test_a_customer_without_differences_is_pushed_to_nobody(bank: Bank, who: Someone) -> None:
    bank.core_says(
        who, 1, **core_id(who), CUST_BIRTH_OR_FOUNDED=who.born, CUST_SEX="F",
        CUST_MOBILE=who.mobile, CUST_ADDRESS=ADDRESS, CUST_POSTCODE="100010", CUST_RISK="R3",
    )  # fmt: skip
    bank.loan_says(
        who, 1, **loan_id(who), BORN_OR_FOUNDED=who.born, SEX="2", MOBILE=who.mobile,
        ADDR_USE="01", ADDRESS=ADDRESS, POSTCODE="100010", MARITAL="20", INDUSTRY="5190",
    )  # fmt: skip
    bank.ebank_says(
        who, 1, documents=[document(1, who.resident_id, "20390101")], born=who.born, gender=2, risk=3,
        phones=[{"use": 1, "number": who.mobile}],
        addresses=[{"use": 1, "line": ADDRESS, "postcode": "100010"}], nationality="CHN",
    )  # fmt: skip
    for box, number in ((bank.core_box, who.core), (bank.loan_box, who.loan), (bank.ebank_box, who.ebank)):
        box.assert_none(number, seconds=0.4)


def test_a_sender_is_pushed_only_what_differs_from_its_image(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who), CUST_MOBILE=who.mobile)
    bank.loan_says(who, 1, **loan_id(who))
    assert bank.loan_box.take(who.loan)["MOBILE"] == who.mobile
    bank.core_box.assert_none(who.core)


def test_what_a_layout_does_not_carry_pushes_nothing(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    bank.loan_says(who, 1, **loan_id(who), MARITAL="20", EMPLOYER="试验有限公司", HOME_TEL="010-1", LOAN=[])
    bank.ebank_box.assert_none(who.ebank, seconds=0)
    bank.core_box.assert_none(who.core)


@pytest.mark.fault("M6", "echo as is")
def test_an_echo_is_no_change_and_ends_there(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    bank.ebank_says(who, 1, **everything(who))
    push = bank.core_box.take(who.core)
    shown = {
        key.replace("-", "_"): push[key]
        for key in push.values
        if key.startswith("CUST-") and key != "CUST-NO"
    }
    assert bank.core_says(who, 2, **shown)["REPLY-CODE"] == "0001"
    bank.ebank_box.assert_none(who.ebank)
    bank.core_box.assert_none(who.core, seconds=0)


def test_a_change_goes_to_all_others(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who), CUST_MOBILE=who.mobile)
    bank.loan_says(who, 1, **loan_id(who), MOBILE=who.mobile)
    bank.ebank_says(who, 1, **ebank_id(who), phones=[{"use": 1, "number": who.mobile}])
    changed = bank.loan_says(who, 2, MOBILE=who.other_mobile)
    core, ebank = bank.core_box.take(who.core), bank.ebank_box.take(who.ebank)
    assert (core["CUST-MOBILE"], ebank["phones"]) == (
        who.other_mobile,
        [{"use": 1, "number": who.other_mobile}],
    )
    assert core["ECIF-VERSION"] == ebank["version"] == changed["VERSION"]
    bank.loan_box.assert_none(who.loan, seconds=0.3)


def test_a_losing_change_is_put_right(bank: Bank, who: Someone) -> None:
    """Core's name outranks ebank's: ebank is told, though the golden record did not change."""
    bank.core_says(who, 1, **core_id(who))
    bank.ebank_says(who, 1, **ebank_id(who))
    reply = bank.ebank_says(who, 2, name=who.name + "一")
    assert reply["code"] == "0001"
    push = bank.ebank_box.take(who.ebank)
    assert (push["name"], push["version"]) == (who.name, reply["version"])


def test_an_older_change_of_a_phone_loses(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who), CUST_MOBILE=who.mobile, MSG_SENT_AT=now(-100))
    reply = bank.loan_says(who, 1, **loan_id(who), MOBILE=who.other_mobile, SENT_AT=now(-200))
    assert bank.golden(reply["ECIF_NO"])["phones"] == [{"use": 1, "number": who.mobile}]
    assert bank.loan_box.take(who.loan)["MOBILE"] == who.mobile


def _confirmed(bank: Bank, who: Someone) -> None:
    """Core and loan have been pushed everything of ebank's and confirmed it."""
    bank.core_says(who, 1, **core_id(who), MSG_SENT_AT=now(-60))
    bank.loan_says(who, 1, **loan_id(who), SENT_AT=now(-60))
    bank.ebank_says(who, 1, **everything(who))
    bank.core_box.take_until(who.core, {"CUST-MOBILE": who.mobile})
    bank.loan_box.take_until(who.loan, {"MOBILE": who.mobile})


def test_what_is_withdrawn_is_pushed_as_clear_marks(bank: Bank, who: Someone) -> None:
    _confirmed(bank, who)
    bank.ebank_says(
        who, 2, born="99999999", gender="*", phones=[{"use": 1, "number": "*"}, {"use": 2, "number": "*"}],
        addresses=[{"use": 1, "line": "*"}], email="*", risk="*",
    )  # fmt: skip
    core = bank.core_box.take(who.core)
    marks = {
        "CUST-BIRTH-OR-FOUNDED": "99999999", "CUST-SEX": "*", "CUST-MOBILE": "*", "CUST-ADDRESS": "*",
        "CUST-POSTCODE": "", "CUST-RISK": "*",
    }  # fmt: skip
    assert {field: core[field] for field in marks} == marks
    loan = bank.loan_box.take(who.loan)
    marks = {
        "BORN_OR_FOUNDED": "99999999", "SEX": "*", "MOBILE": "*", "HOME_TEL": "*", "EMAIL": "*",
        "ADDR_USE": "01", "ADDRESS": "*", "POSTCODE": "",
    }  # fmt: skip
    assert {field: loan[field] for field in marks} == marks
    bank.ebank_box.assert_none(who.ebank)
    bank.core_box.assert_none(who.core, seconds=0)
    bank.loan_box.assert_none(who.loan, seconds=0)


def test_what_core_withdraws_is_pushed_to_ebank_as_clear_marks(bank: Bank, who: Someone) -> None:
    bank.ebank_says(who, 1, **ebank_id(who), time=now(-60))
    bank.core_says(
        who, 1, **core_id(who), CUST_MOBILE=who.mobile, CUST_RISK="R2", CUST_BIRTH_OR_FOUNDED=who.born,
        CUST_ADDRESS=ADDRESS, CUST_POSTCODE="100010", CUST_SEX="M",
    )  # fmt: skip
    assert bank.ebank_box.take(who.ebank)["risk"] == 2
    bank.core_says(
        who,
        2,
        CUST_MOBILE="*",
        CUST_RISK="*",
        CUST_BIRTH_OR_FOUNDED="99999999",
        CUST_ADDRESS="*",
        CUST_SEX="*",
    )
    push = bank.ebank_box.take(who.ebank)
    assert push["phones"] == [{"use": 1, "number": "*"}]
    assert (push["risk"], push["born"], push["gender"]) == ("*", "99999999", "*")
    assert push["addresses"] == [{"use": 1, "line": "*"}]


def test_a_withdrawn_document_is_its_type_with_a_star(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    bank.ebank_says(who, 1, documents=[document(1, who.resident_id), document(2, who.passport)])
    loan = {"NAME": who.name, "BORN_OR_FOUNDED": who.born, "MOBILE": who.mobile}
    bank.ebank_says(who, 2, born=who.born, phones=[{"use": 1, "number": who.mobile}])
    bank.loan_says(who, 1, **loan, ID_TYPE="20", ID_NO=who.passport)
    bank.ebank_says(who, 3, documents=[document(2, "*")])
    push = bank.ebank_box.take(who.ebank)
    assert document(2, who.passport) in push["documents"], "loan still says it"
    bank.loan_says(who, 2, ID_TYPE="20", ID_NO="*")
    push = bank.ebank_box.take_until(
        who.ebank, {"documents": [document(1, who.resident_id, "20390101"), document(2, "*")]}
    )
    assert bank.loan_box.take_until(who.loan, {"ID_TYPE": "10"})["ID_NO"] == who.resident_id


def test_core_slot_shows_the_type_core_last_sent(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, CUST_ID_TYPE="02", CUST_ID_NO=who.passport)
    bank.ebank_says(
        who, 1, documents=[document(1, who.resident_id), document(2, who.passport)],
        phones=[{"use": 1, "number": who.mobile}],
    )  # fmt: skip
    push = bank.core_box.take(who.core)
    assert (push["CUST-ID-TYPE"], push["CUST-ID-NO"]) == ("02", who.passport)


def test_core_slot_falls_back_to_the_first_present(bank: Bank, who: Someone) -> None:
    bank.ebank_says(
        who, 1, documents=[document(7, "H123"), document(2, who.passport), document(4, "HK123")],
        born=who.born, phones=[{"use": 1, "number": who.mobile}],
    )  # fmt: skip
    bank.core_says(who, 1, CUST_MOBILE=who.mobile, CUST_BIRTH_OR_FOUNDED=who.born)
    push = bank.core_box.take(who.core)
    assert (push["CUST-ID-TYPE"], push["CUST-ID-NO"]) == ("02", who.passport)
    bank.ebank_says(who, 2, documents=[document(2, "*")])
    push = bank.core_box.take(who.core)
    assert (push["CUST-ID-TYPE"], push["CUST-ID-NO"]) == ("04", "HK123")


def test_a_character_that_the_charset_lacks_is_written_as_geta(bank: Bank, who: Someone) -> None:
    line = "北京市试验路1号喆园A座"
    bank.core_says(who, 1, **core_id(who))
    bank.ebank_says(who, 1, **ebank_id(who), addresses=[{"use": 1, "line": line}])
    push = bank.core_box.take(who.core)
    assert push["CUST-ADDRESS"] == line.replace("喆", "〓")
    assert bank.core_says(who, 2, CUST_ADDRESS=push["CUST-ADDRESS"])["REPLY-CODE"] == "0001"
    assert bank.golden(push["ECIF-NO"])["addresses"] == [{"use": 1, "line": line}]


@pytest.mark.parametrize(
    ("line", "written"),
    [("北" * 70, "北" * 60), ("A" + "京" * 70, "A" + "京" * 59), ("号9" * 40, "号9" * 24 + "")],
)
def test_a_text_too_long_for_core_is_cut_at_a_character(
    bank: Bank, who: Someone, line: str, written: str
) -> None:
    """122 bytes: SO and SI count, so mixed text holds fewer characters."""
    assert (
        len(core_client.encode_mixed(written))
        <= 122
        < len(core_client.encode_mixed(line[: len(written) + 1]))
    )
    bank.core_says(who, 1, **core_id(who))
    bank.ebank_says(who, 1, **ebank_id(who), addresses=[{"use": 1, "line": line}])
    assert bank.core_box.take(who.core)["CUST-ADDRESS"] == written


def test_a_text_too_long_for_loan_is_cut_at_a_character(bank: Bank, who: Someone) -> None:
    line = "北" * 59 + "\U00020000" + "京"  # 118 bytes, then one of four
    bank.loan_says(who, 1, **loan_id(who))
    bank.ebank_says(who, 1, **ebank_id(who), addresses=[{"use": 1, "line": line}])
    assert bank.loan_box.take(who.loan)["ADDRESS"] == "北" * 59


@pytest.mark.fault("M6", "echo cut")
def test_a_cut_value_is_known_to_be_held_and_yields_to_the_full_one(bank: Bank, who: Someone) -> None:
    line = "北" * 70
    bank.core_says(who, 1, **core_id(who))
    reply = bank.ebank_says(who, 1, **ebank_id(who), addresses=[{"use": 1, "line": line}])
    cut = bank.core_box.take(who.core)["CUST-ADDRESS"]
    assert bank.core_says(who, 2, CUST_ADDRESS=cut)["REPLY-CODE"] == "0001"
    bank.core_box.assert_none(who.core)
    bank.ebank_box.assert_none(who.ebank, seconds=0)
    assert bank.golden(reply["ecif"])["addresses"] == [{"use": 1, "line": line}]


def test_two_numbers_of_one_party_get_a_push_each(bank: Bank, who: Someone) -> None:
    second = Someone()
    first = bank.core_says(who, 1, **core_id(who))
    other = bank.core.ask(core_client.customer(second.core, 1, CUST_NAME=who.name, **core_id(who)))
    assert other["REPLY-ECIF-NO"] == first["REPLY-ECIF-NO"]
    bank.ebank_says(who, 1, **ebank_id(who), phones=[{"use": 1, "number": who.mobile}])
    one, two = bank.core_box.take(who.core), bank.core_box.take(second.core)
    assert one["ECIF-NO"] == two["ECIF-NO"] == first["REPLY-ECIF-NO"]
    assert one["MSG-ID"] != two["MSG-ID"]
    assert one["CUST-MOBILE"] == two["CUST-MOBILE"] == who.mobile


def test_versions_never_fall_and_ids_are_new(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    pushes = []
    for seq in range(1, 6):
        bank.ebank_says(
            who, seq, **ebank_id(who), phones=[{"use": 1, "number": f"1390000000{seq}"}], time=now(-10 + seq)
        )
        pushes.append(bank.core_box.take(who.core))
    versions = [push["ECIF-VERSION"] for push in pushes]
    assert versions == sorted(versions)
    assert len({push["MSG-ID"] for push in pushes}) == 5


def test_one_push_is_unanswered_at_a_time_and_then_the_newest_goes(bank: Bank, who: Someone) -> None:
    bank.core_says(who, 1, **core_id(who))
    bank.core_box.script(who.core, Answer(after=1.0))
    for seq in range(1, 6):
        bank.ebank_says(
            who, seq, **ebank_id(who), phones=[{"use": 1, "number": f"1390000000{seq}"}], time=now(-10 + seq)
        )
    first, second = bank.core_box.take(who.core), bank.core_box.take(who.core)
    assert second.at - first.at > 0.9
    assert second["CUST-MOBILE"] == "13900000005"
    bank.core_box.assert_none(who.core, seconds=0.3)


def test_a_customer_keeps_to_one_line_while_it_lives(bank: Bank, who: Someone) -> None:
    with bank.core_line(), bank.core_line():
        bank.core_says(who, 1, **core_id(who))
        lines = set()
        for seq in range(1, 5):
            phone = [{"use": 1, "number": f"1390000000{seq}"}]
            bank.ebank_says(who, seq, **ebank_id(who), phones=phone, time=now(-10 + seq))
            lines.add(bank.core_box.take(who.core).line)
        assert len(lines) == 1


def test_a_reply_leaves_before_the_push_its_message_caused(bank: Bank) -> None:
    bank.core.close()
    bank.core = bank.core_line()
    for who in [Someone() for _ in range(5)]:
        bank.ebank_says(who, 1, **everything(who))
        bank.core.frames.clear()
        bank.core_says(who, 1, **core_id(who))
        bank.core_box.take(who.core)
        types = [frame[:4].decode("cp037") for frame in bank.core.frames]
        pushed = [who.core.encode("cp037") in frame for frame in bank.core.frames]
        # Pushes for customers of other tests may come at any time.
        assert types.index("RP01") < pushed.index(True)


def test_the_number_is_known_from_the_reply_on(bank: Bank, who: Someone) -> None:
    """The reply told it: nothing else differs, so nothing is pushed."""
    bank.ebank_says(who, 1, **ebank_id(who))
    bank.core_says(who, 1, **core_id(who))
    bank.core_box.assert_none(who.core)
    bank.ebank_box.assert_none(who.ebank, seconds=0)


def test_loan_gets_at_most_eight_connections_at_a_time(bank: Bank) -> None:
    people = [Someone() for _ in range(20)]
    for who in people:
        bank.loan_box.script(who.loan, Answer(after=0.2))
        bank.loan_says(who, 1, **loan_id(who))
    for who in people:
        bank.core.send(
            core_client.customer(who.core, 1, CUST_NAME=who.name, CUST_MOBILE=who.mobile, **core_id(who))
        )
    for who in people:
        assert bank.loan_box.take(who.loan)["MOBILE"] == who.mobile
    assert 2 <= bank.listener.most_open <= 8
