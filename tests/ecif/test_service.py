"""Messages in: what each is answered, what it changes, what a resend gets."""

import itertools

import pytest

from ecif.messages import Reply
from ecif.model import Holding, Relation
from ecif.setting import SECOND
from tests.ecif.bank import LI_ID, ZHANG_ID, Bank

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


def test_a_new_customer_gets_a_number_and_version_one(bank):
    reply = bank.one(bank.person("core", "1"))
    assert reply.code == "0000"
    assert (len(reply.ecif_no), reply.ecif_no[0] != "0", reply.version) == (12, True, 1)
    assert bank.look("core", "1").record.number_held == reply.ecif_no


def test_numbers_are_never_given_twice(bank):
    first = bank.one(bank.person("core", "1")).ecif_no
    bank.reopen()
    second = bank.one(bank.person("core", "2", name="李四")).ecif_no
    assert second > first


def test_the_same_again_changes_nothing(bank):
    first = bank.one(bank.person("core", "1"))
    again = bank.one(bank.person("core", "1"))
    assert again == Reply("0001", first.ecif_no, 1)


def test_holdings_alone_change_nothing_and_are_kept(bank):
    bank.one(bank.person("core", "1", holdings=(Holding("deposit", "6222", amount="1.00"),)))
    again = bank.one(bank.person("core", "1", holdings=(Holding("deposit", "6222", amount="2.00"),)))
    assert (again.code, again.version) == ("0001", 1)
    assert bank.rows("select holding_no, amount, valid_until from party_holding") == [("6222", "2.00", None)]
    bank.wait(1)
    bank.one(bank.person("core", "1", holdings=()))
    assert bank.rows("select holding_no, valid_until from party_holding") == [("6222", bank.now)]
    bank.one(bank.person("core", "1", holdings=(Holding("deposit", "6222", amount="3.00"),)))
    assert len(bank.rows("select id from party_holding")) == 2


def test_relations_count_and_end(bank):
    spouse = Relation("spouse", "李四", None)
    bank.one(bank.person("loan", "1", relations=(spouse,)))
    assert bank.one(bank.person("loan", "1", relations=())).code == "0000"
    assert bank.rows("select relation from party_relation where valid_until is not null") == [("spouse",)]


def test_a_stale_image_is_answered_with_what_is_known(bank):
    bank.one(bank.person("core", "1", seq=5))
    stale = bank.one(bank.person("core", "1", name="张四", seq=5))
    assert (stale.code, stale.version) == ("0003", 1)
    assert bank.golden("core", "1")["name"] == "张三"


def test_a_stale_image_dates_a_value_better(bank):
    early = bank.now - 100 * SECOND
    bank.one(bank.person("core", "1", seq=5))
    bank.one(bank.person("core", "1", seq=4, at=early))
    assert bank.look("core", "1").head.golden.values["name"].since == early


def test_an_image_overtaken_through_another_hub_says_what_it_would_have_said(bank):
    """Answered 9001 at one hub, and the next one taken at another: images are full, so the next one says it
    too, and the late one gives it the moment from which it holds. Only what the late one withdrew, and the
    next one no longer speaks of, stays (interfaces: Order, 0003 changes nothing)."""
    start = bank.now - 100 * SECOND
    first, second, third = (
        {"seq": seq, "at": start + seq * SECOND, "phone__mobile": f"1390000000{min(seq, 2)}", **more}
        for seq, more in ((1, {}), (2, {}), (3, {"gender": "male"}))
    )
    for number, order in (("1", (first, second, third)), ("2", (first, third, second))):
        codes = [bank.one(bank.person("core", number, name=f"张{number}", **image)).code for image in order]
        assert codes == (["0000"] * 3 if number == "1" else ["0000", "0000", "0003"])
    inorder, overtaken = (bank.look("core", number).head.golden.values for number in "12")
    for attribute in ("phone:mobile", "gender"):
        one, other = inorder[attribute], overtaken[attribute]
        assert (one.value, one.since) == (other.value, other.since)
    assert overtaken["phone:mobile"].since == start + 2 * SECOND


def test_another_kind_is_refused_and_uses_up_no_seq(bank):
    bank.one(bank.person("core", "1"))
    refused = bank.one(bank.person("core", "1", kind="organization", seq=2))
    assert (refused.code, refused.ecif_no, refused.version) == ("1006", "", 0)
    assert bank.one(bank.person("core", "1", name="张四", seq=2)).code == "0000"


def test_a_kind_taken_over_from_a_push_is_no_other_kind(bank):
    bank.one(bank.image("ebank", "9", name="张三", **DOCUMENT))
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.image("ebank", "9", kind="organization", name="张三"))
    bank.settle()
    assert bank.one(bank.image("ebank", "9", kind="person", name="张三")).code == "0001"
    assert bank.one(bank.image("ebank", "9", kind="organization", name="张三")).code == "1006"


def test_several_messages_of_one_customer_in_a_batch_take_effect_in_order(bank):
    replies = bank.take(
        bank.person("core", "1"), bank.person("core", "1", name="张四"), bank.person("core", "1", name="张四")
    )
    assert [(reply.code, reply.version) for reply in replies] == [("0000", 1), ("0000", 2), ("0001", 2)]


# ------------------------------------------------------------------------------- the journal


def test_a_resend_gets_the_stored_reply(bank):
    first = bank.person("core", "1", id="M1", content="a")
    reply = bank.one(first)
    bank.one(bank.person("core", "1", name="张四"))
    assert bank.one(first) == reply
    bank.reopen()
    assert bank.one(first) == reply
    assert bank.look("core", "1").record.seq == 2


def test_a_resend_in_the_same_batch_gets_the_same_reply(bank):
    message = bank.person("core", "1", id="M1")
    first, second = bank.take(message, message)
    assert first == second
    assert len(bank.rows("select id from message where direction='in'")) == 1


def test_the_same_id_for_other_content_is_1004_and_both_are_kept(bank):
    bank.one(bank.person("core", "1", id="M1", content="a"))
    other = bank.person("core", "2", id="M1", content="b")
    refused = bank.one(other)
    assert (refused.code, refused.text) == ("1004", "message id used for other content")
    assert bank.one(other) == refused
    assert sorted(bank.rows("select code from message")) == [("0000",), ("1004",)]
    assert len(bank.rows("select id from message_body")) == 2
    assert bank.look("core", "2") is None


def test_an_id_is_its_systems_own(bank):
    bank.one(bank.person("core", "1", id="M1", content="a"))
    assert bank.one(bank.person("loan", "1", id="M1", content="b")).code in ("0000", "0001")


def test_an_unreadable_message_uses_up_its_id(bank):
    refusal = bank.unreadable("core", "1001", "CUST-NO@9 not a digit", id="M1", content="x")
    assert bank.one(refusal) == Reply("1001", text="CUST-NO@9 not a digit")
    assert bank.one(refusal).code == "1001"
    assert bank.one(bank.person("core", "1", id="M1", content="y")).code == "1004"


def test_a_line_fault_uses_up_no_id(bank):
    bank.one(bank.unreadable("core", "1005", "", id="M1"))
    assert bank.one(bank.person("core", "1", id="M1", content="y")).code == "0000"


def test_messages_without_id_are_journalled_each(bank):
    for _ in range(2):
        assert bank.one(bank.unreadable("core", "1001", "MSG-ID@3 bad", id="")).code == "1001"
    assert bank.rows("select count(*), count(message_id) from message") == [(2, 0)]


def test_a_message_set_aside_stays_so(bank):
    message = bank.person("core", "1", id="M1")
    assert bank.service.set_aside(message, "KeyError in golden", bank.now) == Reply("9999")
    assert bank.one(message) == Reply("9999")
    assert bank.service.set_aside(message, "again", bank.now) == Reply("9999")
    assert bank.rows("select state, code, reply_text from message") == [
        ("failed", "9999", "KeyError in golden")
    ]
    assert bank.one(bank.person("core", "2", id="M1", content="z")).code == "1004"


def test_a_nonce_is_accepted_once_in_ten_minutes(bank):
    first = bank.take(bank.sign_on("ebank", "ab"), bank.sign_on("ebank", "ab"))
    assert [reply.code for reply in first] == ["0000", "1005"]
    bank.reopen()
    bank.wait(599)
    assert bank.one(bank.sign_on("ebank", "ab")).code == "1005"
    assert bank.one(bank.sign_on("ebank", "cd")).code == "0000"
    bank.wait(2)
    assert bank.one(bank.sign_on("ebank", "ab")).code == "0000"


def test_a_nonce_is_remembered_as_long_as_its_system_wants(bank):
    assert bank.one(bank.sign_on("ebank", "ab", nonce_seconds=1000)).code == "0000"
    bank.wait(999)
    assert bank.one(bank.sign_on("ebank", "ab", nonce_seconds=1000)).code == "1005"
    bank.wait(2)
    assert bank.one(bank.sign_on("ebank", "ab", nonce_seconds=1000)).code == "0000"


# ------------------------------------------------------------------------------- who is whom


def test_the_same_document_under_a_fitting_name_is_one_customer(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    ebank = bank.one(bank.person("ebank", "9", **DOCUMENT))
    assert (ebank.ecif_no, ebank.version) == (core.ecif_no, 2)


def test_fifteen_digits_are_the_same_document(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    short = ZHANG_ID[:6] + ZHANG_ID[8:17]
    assert bank.one(bank.person("ebank", "9", document__resident_id=(short, None))).ecif_no == core.ecif_no


def test_customers_of_one_batch_find_each_other(bank):
    first, second = bank.take(bank.person("core", "1", **SLOT), bank.person("ebank", "9", **DOCUMENT))
    assert first.ecif_no == second.ecif_no


def test_name_birth_date_and_mobile_tie_too(bank):
    same = {"born": "19491231", "phone__mobile": "13912345678"}
    core = bank.one(bank.person("core", "1", **same))
    assert bank.one(bank.person("loan", "5", **same)).ecif_no == core.ecif_no
    assert bank.one(bank.person("loan", "6", name="王五", **same)).ecif_no != core.ecif_no


def test_the_same_document_under_another_name_is_a_question(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    other = bank.one(bank.person("ebank", "9", name="王小二", **DOCUMENT))
    assert (other.code, other.ecif_no != core.ecif_no, other.version) == ("0002", True, 1)
    assert bank.rows("select kind, rule, closed_at from review_task") == [("same_party", "name", 0)]
    assert bank.one(bank.person("ebank", "9", name="王小二", gender="male", **DOCUMENT)).code == "0000"
    assert len(bank.rows("select id from review_task")) == 1


def test_a_known_record_that_ties_two_parties_merges_them(bank):
    core = bank.one(bank.person("core", "1"))
    ebank = bank.one(bank.person("ebank", "9", **DOCUMENT))
    assert core.ecif_no != ebank.ecif_no
    tied = bank.one(bank.person("core", "1", **SLOT))
    assert (tied.code, tied.ecif_no, tied.version) == ("0000", core.ecif_no, 3)
    assert bank.look("ebank", "9").head.ecif_no == core.ecif_no
    (push,) = bank.due("ebank")
    assert bank.push(push).ecif_no == core.ecif_no
    assert bank.rows("select kind, survivor, absorbed from merge_event") == [
        ("merge", core.ecif_no, ebank.ecif_no)
    ]


def test_a_corrected_name_answers_the_question(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", name="王小二", **DOCUMENT))
    corrected = bank.one(bank.person("ebank", "9", **DOCUMENT))
    assert (corrected.code, corrected.ecif_no) == ("0000", core.ecif_no)
    assert bank.rows("select count(*) from review_task where closed_at = 0") == [(0,)]


def test_parties_declared_different_are_not_merged(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    ebank = bank.one(bank.person("ebank", "9", name="王小二", **DOCUMENT))
    bank.service.no_match(core.ecif_no, ebank.ecif_no, actor="s", reason="twins", now=bank.now)
    corrected = bank.one(bank.person("ebank", "9", **DOCUMENT))
    assert (corrected.code, corrected.ecif_no) == ("0000", ebank.ecif_no)


def test_the_result_does_not_depend_on_the_order_of_arrival(tmp_path):
    def messages(bank):
        at = bank.now
        return [
            bank.person("core", "1", name="张三丰", born="19491231", at=at - 9, **SLOT),
            bank.person("core", "1", name="张三丰", phone__mobile="13912345678", seq=2, at=at - 5),
            bank.person("ebank", "9", name="张三丰", phone__mobile="13800001111", at=at - 7, **DOCUMENT),
            bank.person("loan", "5", name="张三丰", born="19491231", phone__mobile="13912345678", at=at - 3),
            bank.image("ebank", "9", seq=2, at=at - 1, kind="person", name="张三丰", email="z@example.com"),
        ]

    found = set()
    for number, order in enumerate(itertools.permutations(range(5))):
        if order.index(0) > order.index(1) or order.index(2) > order.index(4):
            continue  # one system's messages about one customer come in the order of seq
        folder = tmp_path / str(number)
        folder.mkdir()
        bank = Bank(folder)
        all_messages = messages(bank)
        for index in order:
            bank.one(all_messages[index])
        looked = bank.look("loan", "5")
        found.add((frozenset(bank.golden("loan", "5").items()), frozenset(looked.keys)))
        assert bank.problems() == []
        bank.store.close()
    assert len(found) == 1


# ------------------------------------------------------------------------------- replaced numbers


def test_an_unknown_old_number_is_2001(bank):
    assert bank.one(bank.replaced("core", "1", "2", 5)).code == "2001"


def test_the_record_moves_to_the_new_number(bank):
    first = bank.one(bank.person("core", "1", risk="R1"))
    reply = bank.one(bank.replaced("core", "1", "2", 7))
    assert (reply.code, reply.ecif_no, reply.version) == ("0000", first.ecif_no, 2)
    assert bank.look("core", "1") is None
    moved = bank.look("core", "2").record
    assert (moved.seq, moved.attributes["risk"].own.value) == (7, "R1")
    assert bank.one(bank.person("core", "2", seq=7)).code == "0003"


def test_a_push_in_flight_to_the_old_number_is_dropped(bank):
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    (push,) = bank.due("core")
    bank.one(bank.replaced("core", "1", "2", 7))
    assert bank.one(bank.answer(push)) == Reply("")
    assert bank.service.counts["unmatched_replies"] == 1
    (again,) = bank.due("core")
    assert (again.customer_no, bank.values(again)["risk"]) == ("2", "R2")


def test_a_stale_replacement_changes_nothing(bank):
    bank.one(bank.person("core", "1", seq=9))
    reply = bank.one(bank.replaced("core", "1", "2", 9))
    assert (reply.code, reply.version) == ("0003", 1)
    assert bank.look("core", "1") is not None


def test_two_known_numbers_become_one_customer(bank):
    first = bank.one(bank.person("core", "1", risk="R1"))
    second = bank.one(bank.person("core", "2", name="张三丰", gender="male", seq=50))
    reply = bank.one(bank.replaced("core", "2", "1", 51))
    assert (reply.code, reply.ecif_no, reply.version) == ("0000", first.ecif_no, 3)
    assert bank.look("core", "2") is None
    assert bank.look("core", "1").record.seq == 1
    assert "gender" not in bank.golden("core", "1")
    asked = bank.one(bank.query("core", ecif_no=second.ecif_no))
    assert (asked.code, asked.ecif_no) == ("0000", first.ecif_no)


def test_a_replacement_is_fresh_if_it_is_newer_than_either(bank):
    bank.one(bank.person("core", "1", seq=100))
    bank.one(bank.person("core", "2", seq=5))
    assert bank.one(bank.replaced("core", "1", "2", 6)).code == "0000"


def test_parties_that_cannot_be_one_are_a_question(bank):
    bank.one(bank.person("core", "1", **SLOT))
    other = {"document": ("resident_id", LI_ID, None), "named": {"document": "resident_id"}}
    second = bank.one(bank.person("core", "2", name="李四", **other))
    reply = bank.one(bank.replaced("core", "1", "2", 60))
    assert (reply.code, reply.ecif_no) == ("0002", second.ecif_no)
    assert bank.look("core", "1") is None


def test_a_number_replaced_by_itself_changes_nothing(bank):
    bank.one(bank.person("core", "1"))
    assert bank.one(bank.replaced("core", "1", "1", 60)).code == "0001"


# ------------------------------------------------------------------------------- questions


def test_a_query_by_either_number(bank):
    core = bank.one(bank.person("core", "1", risk="R3", **SLOT))
    by_number = bank.one(bank.query("core", customer_no="1"))
    assert (by_number.code, by_number.ecif_no, by_number.version) == ("0000", core.ecif_no, 1)
    assert by_number.answer.values["risk"] == "R3"
    by_ecif = bank.one(bank.query("ebank", ecif_no=core.ecif_no))
    assert (by_ecif.answer.customer_no, by_ecif.answer.kind) == ("", "person")
    assert by_ecif.answer.values["document:resident_id"] == (ZHANG_ID, None)


@pytest.mark.parametrize("asked", [{"customer_no": "7"}, {"ecif_no": "999999999999"}])
def test_nobody_is_2001(bank, asked):
    assert bank.one(bank.query("core", **asked)) == Reply("2001")


def test_queries_are_answered_anew(bank):
    bank.one(bank.person("core", "1"))
    query = bank.query("core", customer_no="1")
    assert bank.one(query).version == 1
    bank.one(bank.person("core", "1", name="张四"))
    assert bank.one(query).version == 2
    assert bank.rows("select distinct state from message where occurrence > 0") == [("answered",)]
    assert bank.rows(f"select count(*) from message where message_id = '{query.envelope.message_id}'") == [
        (2,)
    ]


def test_identification_needs_document_and_name(bank):
    core = bank.one(bank.person("core", "1", **SLOT))
    short = ZHANG_ID[:6] + ZHANG_ID[8:17]
    assert bank.one(bank.identification("loan", "张三", "resident_id", ZHANG_ID)).ecif_no == core.ecif_no
    assert bank.one(bank.identification("loan", "张三", "resident_id", short)).ecif_no == core.ecif_no
    assert bank.one(bank.identification("loan", "李四", "resident_id", ZHANG_ID)) == Reply("2001")
    assert bank.one(bank.identification("loan", "张三", "resident_id", LI_ID)) == Reply("2001")


def test_identification_by_a_document_that_proves_nothing(bank):
    flagged = ZHANG_ID[:-1] + "1"
    bank.one(bank.person("core", "1", document=("resident_id", flagged, None)))
    found = bank.one(bank.identification("loan", "张三", "resident_id", flagged))
    assert (found.code, found.answer.customer_no) == ("0000", "")
