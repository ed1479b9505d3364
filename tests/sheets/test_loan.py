"""loan.md: what loan is promised on its own short connections."""

import contextlib
import socket
import time
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.loan_client import customer, decode, encode, frame, identification, new_serial, read_frame
from tests.sheets.people import Someone

CONTRACT = {
    "CONTRACT": "HT-2025-000017", "PRODUCT": "PL01", "CCY": "CNY", "OUTSTANDING": "-1.05",
    "DRAWN_ON": "20250301", "STATUS": "1", "GRADE": "SM",
}  # fmt: skip


def full(who: Someone) -> dict[str, Any]:
    """Every field of LN10 that a person has."""
    return {
        "NAME": who.name, "ID_TYPE": "10", "ID_NO": who.resident_id, "ID_EXPIRY": "20390101",
        "BORN_OR_FOUNDED": who.born, "SEX": "2", "MARITAL": "20", "EDUCATION": "20", "MOBILE": who.mobile,
        "HOME_TEL": "010-60000001", "EMAIL": f"e{who.number}@example.com", "ADDR_USE": "02",
        "ADDRESS": "北京市东城区试验路2号", "POSTCODE": "100010", "EMPLOYER": "试验（北京）贸易有限公司",
        "ANNUAL_INCOME": "120000.00", "INDUSTRY": "5190", "RATING": "AA",
    }  # fmt: skip


def personal(answer: dict[str, Any]) -> dict[str, Any]:
    """CUST_NO … RATING of an LN31."""
    return {field: answer[field] for field in list(answer)[6:]}


def test_a_new_customer_is_stored_and_numbered(bank: Bank, who: Someone) -> None:
    image = customer(who.loan, 1, **full(who))
    reply = bank.loan.ask(image)
    assert (reply["TYPE"], reply["SERIAL"], reply["CODE"], reply["TEXT"]) == (
        "LN11",
        image["SERIAL"],
        "0000",
        "",
    )
    assert len(reply["ECIF_NO"]) == 12
    assert reply["VERSION"] >= 1


def test_relations_and_loans_are_taken(bank: Bank, who: Someone) -> None:
    spouse = Someone()
    relation = {"REL_TYPE": "01", "NAME": spouse.name, "ID_TYPE": "10", "ID_NO": spouse.resident_id}
    bank.loan_says(who, 1)
    reply = bank.loan_says(who, 2, RELATION=[relation, relation | {"REL_TYPE": "02"}], LOAN=[CONTRACT])
    assert reply["CODE"] == "0000"
    assert (
        bank.loan_says(who, 3, RELATION=[relation, relation | {"REL_TYPE": "02"}], LOAN=[])["CODE"] == "0001"
    )
    assert bank.loan_says(who, 4)["CODE"] == "0001", "lists that are not sent say nothing"
    assert bank.loan_says(who, 5, RELATION=[])["CODE"] == "0000", "an empty list ends them all"


def test_a_blank_count_is_99(bank: Bank, who: Someone) -> None:
    record = encode(customer(who.loan, 1, NAME=who.name))
    assert record.endswith(b"9999")
    assert decode(bank.loan.ask_raw(record[:-4] + b"    "))["CODE"] == "0000"


def test_a_resend_gets_the_same_reply(bank: Bank, who: Someone) -> None:
    image = customer(who.loan, 1, **full(who))
    first = bank.loan.ask_raw(image)
    bank.loan_says(who, 2, MOBILE=who.other_mobile)
    assert bank.loan.ask_raw(image) == first
    assert bank.loan.ask_raw(image | {"DUP": "1", "SENT_AT": now(30)}) == first


@pytest.mark.fault("M2", "loan")
def test_the_same_serial_with_other_content_is_1004(bank: Bank, who: Someone) -> None:
    image = customer(who.loan, 1, NAME=who.name)
    bank.loan.ask(image)
    assert bank.loan.ask(image | {"MOBILE": who.mobile})["CODE"] == "1004"


def test_a_seq_not_higher_is_0003_with_number_and_version(bank: Bank, who: Someone) -> None:
    there = bank.loan_says(who, 9_999_999_998)
    reply = bank.loan.ask(customer(who.loan, 9_999_999_998, NAME=who.name, MOBILE=who.mobile))
    assert reply["CODE"] == "0003"
    assert (reply["ECIF_NO"], reply["VERSION"]) == (there["ECIF_NO"], there["VERSION"])


def test_a_blank_dup_reads_as_0(bank: Bank, who: Someone) -> None:
    assert bank.loan.ask(customer(who.loan, 1, NAME=who.name, DUP=""))["CODE"] == "0000"


def test_a_second_request_after_the_reply_is_not_waited_for(bank: Bank, who: Someone) -> None:
    """The requester closes after the reply, the other side a second later at the latest."""
    with socket.create_connection(("127.0.0.1", bank.ports.loan), timeout=5) as stream:
        stream.sendall(frame(encode(customer(who.loan, 1, NAME=who.name))))
        assert decode(read_frame(stream))["CODE"] == "0000"
        begins = time.monotonic()
        assert stream.recv(1) == b""
        assert time.monotonic() - begins < 2


@pytest.mark.fault("C4", "the same on short connections")
def test_the_requester_may_end_its_side_first(bank: Bank, who: Someone) -> None:
    with socket.create_connection(("127.0.0.1", bank.ports.loan), timeout=5) as stream:
        stream.sendall(frame(encode(customer(who.loan, 1, NAME=who.name))))
        stream.shutdown(socket.SHUT_WR)
        assert decode(read_frame(stream))["CODE"] == "0000"


@pytest.mark.fault("C9", "loan: 9001 after the request")
def test_more_connections_than_the_hub_takes_get_9001_after_their_request(bank: Bank, who: Someone) -> None:
    image = customer(who.loan, 1, NAME=who.name)
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(socket.create_connection(("127.0.0.1", bank.ports.loan), timeout=5))
        reply = bank.loan.ask(image)
        assert (reply["CODE"], reply["SERIAL"], reply["ECIF_NO"]) == ("9001", image["SERIAL"], "")
    time.sleep(0.3)
    assert bank.loan.ask(image | {"DUP": "1"})["CODE"] == "0000", "busy does not use up the serial"


def test_codes_of_one_meaning_are_one_value(bank: Bank, who: Someone) -> None:
    bank.loan_says(who, 1, MARITAL="22", EDUCATION="25")
    assert bank.loan_says(who, 2, MARITAL="20", EDUCATION="20")["CODE"] == "0001"
    bank.loan_box.assert_none(who.loan)


@pytest.mark.parametrize(
    ("field", "known", "unknown"), [("SEX", "2", "0"), ("SEX", "2", "9"), ("MARITAL", "30", "90")]
)
def test_a_code_that_means_unknown_says_nothing(
    bank: Bank, who: Someone, field: str, known: str, unknown: str
) -> None:
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, **{field: known})
    assert bank.loan_says(who, 2, **{field: unknown})["CODE"] == "0001"
    assert bank.loan.ask(identification(who.name, who.resident_id))[field] == known


def test_identification_in_full(bank: Bank, who: Someone) -> None:
    image = customer(who.loan, 1, **full(who))
    there = bank.loan.ask(image)
    answer = bank.loan.ask(identification(who.name, who.resident_id))
    assert (answer["TYPE"], answer["CODE"]) == ("LN31", "0000")
    assert (answer["ECIF_NO"], answer["VERSION"]) == (there["ECIF_NO"], there["VERSION"])
    assert personal(answer) == {field: image[field] for field in personal(answer)}


def test_identification_of_a_customer_loan_never_sent_has_no_number(bank: Bank, who: Someone) -> None:
    there = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_MOBILE=who.mobile)
    answer = bank.loan.ask(identification(who.name, who.resident_id))
    assert (answer["CODE"], answer["ECIF_NO"]) == ("0000", there["REPLY-ECIF-NO"])
    assert (answer["CUST_NO"], answer["MOBILE"], answer["NAME"]) == ("", who.mobile, who.name)


def test_identification_of_nobody_is_2001_all_blank(bank: Bank, who: Someone) -> None:
    answer = bank.loan.ask(identification(who.name, who.resident_id))
    assert (answer["CODE"], answer["ECIF_NO"], answer["VERSION"]) == ("2001", "", 0)
    assert set(personal(answer).values()) == {""}


def test_identification_under_another_name_is_2001(bank: Bank, who: Someone) -> None:
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)
    assert bank.loan.ask(identification("别人名", who.resident_id))["CODE"] == "2001"


def test_identification_is_answered_anew_each_time(bank: Bank, who: Someone) -> None:
    request = identification(who.name, who.resident_id)
    assert bank.loan.ask(request)["CODE"] == "2001"
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)
    assert bank.loan.ask(request)["CODE"] == "0000"


def test_the_15_digit_form_is_the_same_document(bank: Bank, who: Someone) -> None:
    there = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.old_resident_id)
    assert bank.loan.ask(identification(who.name, who.resident_id))["ECIF_NO"] == there["REPLY-ECIF-NO"]
    other = bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id)
    assert other["ECIF_NO"] == there["REPLY-ECIF-NO"]
    assert bank.loan.ask(identification(who.name, who.old_resident_id))["ECIF_NO"] == there["REPLY-ECIF-NO"]


def test_an_organization_code_is_part_of_its_uscc(bank: Bank, who: Someone) -> None:
    name = f"试验贸易{who.number}有限公司"
    there = bank.core_says(who, 1, CUST_KIND="O", CUST_NAME=name, CUST_ID_TYPE="11", CUST_ID_NO=who.uscc)
    other = bank.loan_says(who, 1, KIND="2", NAME=name, ID_TYPE="72", ID_NO=who.uscc[8:17])
    assert other["ECIF_NO"] == there["REPLY-ECIF-NO"]


def test_fields_of_the_other_kind_of_party_are_ignored(bank: Bank, who: Someone) -> None:
    company = {"KIND": "2", "NAME": "试验有限公司", "ID_TYPE": "71", "ID_NO": who.uscc}
    bank.loan_says(who, 1, **company)
    assert bank.loan_says(who, 2, **company, MARITAL="20", EDUCATION="20", SEX="1")["CODE"] == "0001"


def test_an_expired_document_is_used_only_where_there_is_no_other(bank: Bank, who: Someone) -> None:
    document = {"ID_TYPE": "10", "ID_NO": who.resident_id, "ID_EXPIRY": "20200101"}
    bank.loan_says(who, 1, **document)
    assert bank.loan.ask(identification(who.name, who.resident_id))["ID_EXPIRY"] == "20200101"
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_ID_EXPIRY="20390101")
    assert bank.loan.ask(identification(who.name, who.resident_id))["ID_EXPIRY"] == "20390101"


def test_an_unknown_serial_in_a_stray_reply_is_never_answered(bank: Bank) -> None:
    stray = {"TYPE": "LN21", "SERIAL": new_serial(), "CODE": "0000", "ECIF_NO": "100000000001", "VERSION": 3}
    assert bank.loan.ask_raw(stray, seconds=12) == b""
