"""teller.md: what the branch counter is promised."""

import time
from typing import Any

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import now
from tests.sheets.people import Someone
from tests.sheets.teller_client import Answer, Node, encode, new_serial, request


def person(who: Someone, **more: Any) -> Node:
    """Every part of a person that the sheet has."""
    return {
        "@kind": "person", "@status": "active", "name": who.name,
        "document": [document(who, expiry="20390101")], "born": who.born, "gender": "female",
        "phone": [{"@use": "mobile", "@number": who.mobile}, {"@use": "home", "@number": "010-60000001"}],
        "email": f"t{who.number}@example.com",
        "address": [{"@use": "home", "@postcode": "100010", "#": "北京市东城区试验路2号"}],
        "nationality": "CHN",
        "marital": "married", "education": "bachelor", "occupation": "试验员",
        "employer": "试验（北京）贸易有限公司", "annual-income": "120000.00", "industry": "5190",
        "risk": "R3",
    } | more  # fmt: skip


def document(who: Someone, **more: str) -> Node:
    extra = {f"@{name}": value for name, value in more.items()}
    return {"@type": "resident_id", "@number": who.resident_id} | extra


def opened(bank: Bank, who: Someone, **more: Any) -> str:
    answer = bank.teller.open(person(who, **more))
    assert answer.code in ("0000", "0001"), answer
    return answer["ecif-no"]


def shown(bank: Bank, ecif_no: str) -> Node:
    answer = bank.teller.query({"ecif-no": ecif_no})
    assert answer.code == "0000", answer
    assert answer.customer is not None
    return answer.customer


def text(customer: Node, tag: str) -> str:
    return "".join(one["#"] for one in customer.get(tag, []))


# ---------------------------------------------------------------- open


def test_a_new_customer_gets_the_ecif_number_as_its_own(bank: Bank, who: Someone) -> None:
    serial = new_serial()
    answer = bank.teller.open(person(who), serial=serial)
    assert (answer["type"], answer["serial"], answer.code, answer["text"]) == ("open", serial, "0000", "")
    assert len(answer["ecif-no"]) == 12
    assert int(answer["version"]) >= 1
    assert answer.tags == ["head"]


def test_everything_sent_is_shown_again(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    customer = shown(bank, number)
    assert (customer["@number"], customer["@kind"], customer["@status"]) == (number, "person", "active")
    sent = person(who)
    for tag in ("name", "born", "gender", "email", "nationality", "marital", "education", "occupation",
                "employer", "annual-income", "industry", "risk"):  # fmt: skip
        assert text(customer, tag) == sent[tag], tag
    assert customer["document"] == sent["document"]
    assert customer["phone"] == sent["phone"]
    assert customer["address"] == sent["address"]


def test_holdings_and_relations_come_last_also_when_there_are_none(bank: Bank, who: Someone) -> None:
    answer = bank.teller.query({"ecif-no": opened(bank, who)})
    assert answer.order[-2:] == ["holdings", "relations"]
    identified = bank.teller.identify(who.name, document(who))
    assert identified.customer is not None
    assert "holdings" not in identified.customer


def test_an_organization_has_a_founding_date(bank: Bank, who: Someone) -> None:
    uscc = {"@type": "uscc", "@number": who.uscc}
    company: Node = {
        "@kind": "organization",
        "name": f"试验{who.number}贸易有限公司",
        "document": uscc,
        "founded": "20150401",
    }
    number = bank.teller.open(company)["ecif-no"]
    customer = shown(bank, number)
    assert (customer["@kind"], text(customer, "founded")) == ("organization", "20150401")
    assert "born" not in customer
    change = company | {"@number": number, "founded": "99999999", "phone": {"@use": "work", "@number": "*"}}
    assert bank.teller.change(change).code == "0000"
    assert "founded" not in shown(bank, number)


def test_a_customer_the_hub_knows_is_opened_under_its_number(bank: Bank, who: Someone) -> None:
    known = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    answer = bank.teller.open(person(who))
    assert answer["ecif-no"] == known["REPLY-ECIF-NO"]
    again = bank.teller.open(person(who, marital="divorced"))
    assert (again.code, again["ecif-no"]) == ("0000", answer["ecif-no"])
    assert text(shown(bank, answer["ecif-no"]), "marital") == "divorced"


def test_a_resend_gets_the_same_reply(bank: Bank, who: Someone) -> None:
    first = request("open", {"customer": person(who)})
    reply = bank.teller.ask_raw(encode(first))
    assert bank.teller.ask_raw(encode(first)) == reply
    later = request("open", {"customer": person(who)}, serial=first["head"]["serial"], sent_at=now(30))
    assert bank.teller.ask_raw(encode(later)) == reply


def test_the_same_serial_with_other_content_is_1004(bank: Bank, who: Someone) -> None:
    serial = new_serial()
    bank.teller.open(person(who), serial=serial)
    answer = bank.teller.open(person(who, gender="male"), serial=serial)
    assert (answer.code, answer["text"].split(" ")[0].split("@")[0]) == ("1004", "head/serial")


# ---------------------------------------------------------------- change


def test_a_change_is_a_full_image(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    image = {"@number": number, "@kind": "person", "name": who.name}
    assert bank.teller.change(image).code == "0001", "what is left out says nothing"
    answer = bank.teller.change(image | {"email": "*", "annual-income": "*", "marital": "single"})
    assert (answer.code, answer["ecif-no"]) == ("0000", number)
    customer = shown(bank, number)
    assert text(customer, "marital") == "single"
    assert "email" not in customer
    assert "annual-income" not in customer


def test_lists_are_keyed_and_withdrawn_with_the_clear_mark(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    image: Node = {"@number": number, "@kind": "person", "name": who.name}
    home = {"@use": "home", "@number": "*"}
    bank.teller.change(image | {"phone": [home, {"@use": "work", "@number": "010-1"}]})
    bank.teller.change(image | {"address": {"@use": "home", "#": "*"}})
    customer = shown(bank, number)
    assert [phone["@use"] for phone in customer["phone"]] == ["mobile", "work"]
    assert "address" not in customer


def test_a_change_of_a_customer_that_teller_never_sent(bank: Bank, who: Someone) -> None:
    known = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)["REPLY-ECIF-NO"]
    answer = bank.teller.change({"@number": known, "@kind": "person", "name": who.name, "gender": "male"})
    assert (answer.code, answer["ecif-no"]) == ("0000", known)
    push = bank.core_box.take(who.core)
    assert push["CUST-SEX"] == "M"


def test_other_systems_are_pushed_what_teller_said(bank: Bank, who: Someone) -> None:
    opened(bank, who)
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    assert bank.core_box.take(who.core)["CUST-MOBILE"] == who.mobile


def test_sent_at_orders_where_there_is_no_seq_then_the_serial(bank: Bank, who: Someone) -> None:
    number = bank.teller.open(person(who), sent_at=now(-100))["ecif-no"]
    image: Node = {"@number": number, "@kind": "person", "name": who.name}
    prefix = new_serial()[:20]

    def change(marital: str, seconds: int, letter: str) -> Answer:
        return bank.teller.change(
            image | {"marital": marital}, sent_at=at(seconds), serial=f"{prefix}-{letter}"
        )

    times = {seconds: now(seconds) for seconds in (-50, -40, -30)}

    def at(seconds: int) -> str:
        return times[seconds]

    assert change("single", -40, "m").code == "0000"
    late = change("divorced", -50, "z")
    assert (late.code, late["ecif-no"]) == ("0003", number)
    assert int(late["version"]) >= 1
    assert change("divorced", -40, "a").code == "0003", "the same second: the serial decides"
    assert change("widowed", -40, "n").code == "0000"
    assert change("single", -30, "b").code == "0000"
    assert text(shown(bank, number), "marital") == "single"


def test_seq_orders_where_there_is_one(bank: Bank, who: Someone) -> None:
    number = bank.teller.open(person(who))["ecif-no"]
    image: Node = {"@number": number, "@kind": "person", "name": who.name}
    assert bank.teller.change(image | {"@seq": "5", "marital": "single"}).code == "0000"
    assert bank.teller.change(image | {"@seq": "5", "marital": "divorced"}).code == "0003"
    assert bank.teller.change(image | {"@seq": "4", "marital": "divorced"}).code == "0003"
    assert bank.teller.change(image | {"@seq": "6", "marital": "widowed"}, sent_at=now(-60)).code == "0000"
    assert text(shown(bank, number), "marital") == "widowed"


def test_the_old_number_of_a_merged_customer_works(bank: Bank, who: Someone) -> None:
    """Two customers that turn out to be one, since core says of one what teller knows of the other."""
    passport = {"@type": "passport", "@number": who.passport}
    one = bank.teller.open(person(who))["ecif-no"]
    elsewhere = {"born": "19010101", "phone": [], "address": [], "email": f"other{who.number}@example.com"}
    other = bank.teller.open(person(who, document=[passport], **elsewhere))["ecif-no"]
    assert one != other
    tie = person(who, document=[document(who), passport]) | {"@number": one}
    merged = bank.teller.change(tie)
    assert merged.code == "0000", merged
    survivor = merged["ecif-no"]
    gone = other if survivor == one else one
    for body in ({"ecif-no": gone}, {"customer": {"@number": gone}}):
        answer = bank.teller.query(body)
        assert (answer.code, answer["ecif-no"]) == ("0000", survivor)
        assert answer.customer is not None
        assert answer.customer["@number"] == survivor
    change = bank.teller.change({"@number": gone, "@kind": "person", "name": who.name, "marital": "widowed"})
    assert (change.code, change["ecif-no"]) == ("0000", survivor)
    seen = bank.teller.verify(gone, passport)
    assert (seen.code, seen["ecif-no"]) == ("0000", survivor)


# ---------------------------------------------------------------- questions


def test_identification_needs_document_and_name(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    answer = bank.teller.identify(who.name, document(who))
    assert (answer.code, answer["ecif-no"]) == ("0000", number)
    assert answer.customer is not None
    assert answer.customer["@number"] == number
    for name, asked in (("欧阳试验", document(who)), (who.name, document(Someone()))):
        missing = bank.teller.identify(name, asked)
        assert (missing.code, missing["ecif-no"], missing.customer) == ("2001", "", None)


def test_queries_by_number_document_and_another_systems_number(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    old = {"@type": "resident_id", "@number": who.old_resident_id}
    for body in (
        {"ecif-no": number}, {"document": document(who)}, {"document": old},
        {"customer": {"@number": number}},
        {"customer": {"@system": "core", "@number": who.core}},
        {"customer": {"@system": "teller", "@number": number}},
    ):  # fmt: skip
        answer = bank.teller.query(body)
        assert (answer.code, answer["ecif-no"]) == ("0000", number), body
    for body in (
        {"ecif-no": "999999999999"}, {"document": document(Someone())},
        {"customer": {"@system": "core", "@number": "999999999999"}},
        {"customer": {"@system": "nobody", "@number": who.core}},
    ):  # fmt: skip
        answer = bank.teller.query(body)
        assert (answer.code, answer["version"], answer.customer) == ("2001", "", None), body


def test_holdings_and_relations_of_all_systems(bank: Bank, who: Someone) -> None:
    spouse = Someone()
    known = opened(bank, spouse)
    number = opened(bank, who)
    account = {"ACCT-NO": f"62{who.number:017d}", "ACCT-PRODUCT": "D001", "ACCT-CCY": "CNY",
               "ACCT-BALANCE": "-50000.05", "ACCT-OPENED": "20200101", "ACCT-STATUS": "A"}  # fmt: skip
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, ACCT=[account])
    relation = {"REL_TYPE": "01", "NAME": spouse.name, "ID_TYPE": "10", "ID_NO": spouse.resident_id}
    stranger = {"REL_TYPE": "07", "NAME": "李四", "ID_TYPE": "", "ID_NO": ""}
    bank.loan_says(who, 1, ID_TYPE="10", ID_NO=who.resident_id, RELATION=[relation, stranger])
    customer = shown(bank, number)
    assert customer["holdings"] == [
        {
            "holding": [
                {
                    "@system": "core", "@kind": "deposit", "@number": account["ACCT-NO"], "@product": "D001",
                    "@ccy": "CNY", "@amount": "-50000.05", "@opened": "20200101", "@status": "active",
                }
            ]
        }
    ]  # fmt: skip
    relations = sorted(customer["relations"][0]["relation"], key=lambda one: one["@type"], reverse=True)
    assert relations == [
        {
            "@type": "spouse", "@name": spouse.name, "@ecif-no": known,
            "document": [{"@type": "resident_id", "@number": spouse.resident_id}],
        },
        {"@type": "emergency_contact", "@name": "李四"},
    ]  # fmt: skip


def test_holdings_and_relations_in_a_change_are_ignored(bank: Bank, who: Someone) -> None:
    holding = {"@system": "core", "@kind": "deposit", "@number": "1"}
    number = opened(bank, who, holdings={"holding": holding}, relations={"relation": {"@type": "x"}})
    assert shown(bank, number)["holdings"] == [{}]


# ---------------------------------------------------------------- verify


def verified(customer: Node) -> list[str | None]:
    return [one.get("@verified") for one in customer["document"]]


def test_verify_marks_a_document_that_the_customer_carries(bank: Bank, who: Someone) -> None:
    number = opened(bank, who)
    assert verified(shown(bank, number)) == [None]
    answer = bank.teller.verify(number, document(who))
    assert (answer.code, answer["ecif-no"], answer.tags) == ("0000", number, ["head"])
    assert verified(shown(bank, number)) == ["true"]
    assert bank.teller.verify(number, document(who)).code == "0001"
    for target, asked in ((number, document(Someone())), ("999999999999", document(who))):
        assert bank.teller.verify(target, asked).code == "2001"


def test_verify_a_document_that_only_another_system_sent(bank: Bank, who: Someone) -> None:
    known = bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)["REPLY-ECIF-NO"]
    assert bank.teller.verify(known, document(who)).code == "0000"
    customer = shown(bank, known)
    assert verified(customer) == ["true"]
    assert text(customer, "name") == who.name


def test_a_verified_document_outranks_every_other_source(bank: Bank, who: Someone) -> None:
    """Even where something is known against the value: an operator has seen the original."""
    name = who.name[0] + "试"
    placeholder = {"@type": "passport", "@number": "000000000", "@expiry": "20200101", "@verified": "true"}
    number = opened(
        bank, who, name=name, document=[document(who, verified="true"), placeholder], born="19000101"
    )
    bank.core_says(
        who, 1, CUST_NAME=name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id,
        CUST_BIRTH_OR_FOUNDED=who.born, CUST_SEX="M",
    )  # fmt: skip
    bank.ebank_says(
        who, 1, name=name,
        documents=[{"type": 1, "number": who.resident_id}, {"type": 2, "number": who.passport}],
    )  # fmt: skip
    customer = shown(bank, number)
    assert text(customer, "born") == "19000101"
    assert text(customer, "gender") == "female"
    assert {one["@type"]: one["@number"] for one in customer["document"]}["passport"] == "000000000"


def test_without_verification_a_flagged_value_yields(bank: Bank, who: Someone) -> None:
    number = opened(bank, who, born="19000101")
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id, CUST_BIRTH_OR_FOUNDED=who.born)
    assert text(shown(bank, number), "born") == who.born


def test_verified_false_withdraws(bank: Bank, who: Someone) -> None:
    number = opened(bank, who, document=[document(who, verified="true")])
    assert verified(shown(bank, number)) == ["true"]
    image: Node = {"@number": number, "@kind": "person", "name": who.name}
    bank.teller.change(image | {"document": document(who)})
    assert verified(shown(bank, number)) == ["true"], "left out, it says nothing"
    bank.teller.change(image | {"document": document(who, verified="false")})
    assert verified(shown(bank, number)) == [None]


# ---------------------------------------------------------------- timing


def test_a_reply_comes_within_its_time(bank: Bank, who: Someone) -> None:
    began = time.monotonic()
    opened(bank, who)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("spelling", ["order", "entities", "cdata"])
def test_xml_as_others_write_it(bank: Bank, who: Someone, spelling: str) -> None:
    plain = encode(
        request("open", {"customer": {"@kind": "person", "name": who.name, "document": document(who)}})
    )
    if spelling == "order":
        head, _, rest = plain.partition(b"<customer")
        start, _, inner = head.partition(b"<head>")
        body = (
            start
            + b"\n  <customer"
            + rest.replace(b"</ecif>", b"")
            + b"\n  <head>"
            + inner
            + b"<new>1</new></ecif>"
        )
    elif spelling == "entities":
        named = "".join(f"&#x{ord(letter):x};" for letter in who.name).encode()
        body = plain.replace(who.name.encode(), b" " + named + b"\n")
    else:
        body = plain.replace(who.name.encode(), b"<![CDATA[" + who.name.encode() + b"]]>")
    answer = bank.teller.ask(body)
    assert answer.code == "0000", answer
    assert text(shown(bank, answer["ecif-no"]), "name") == who.name
