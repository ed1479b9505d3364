"""Pushes out: when they are due, repeated, confirmed, refused."""

import pytest

from ecif.messages import Reply
from ecif.setting import SECOND
from tests.ecif.bank import ZHANG_ID

DOCUMENT = {"document__resident_id": (ZHANG_ID, None)}
SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


def two(bank):
    """Core and ebank know one customer; core is to be told ebank's risk level."""
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    assert bank.service.take_woken() == {"core"}


def test_a_change_of_one_system_is_pushed_to_the_others(bank):
    two(bank)
    (push,) = bank.due("core")
    assert (push.customer_no, push.copies, push.body) == ("1", 1, push.body)
    assert (bank.values(push)["risk"], bank.push(push).version) == ("R2", 2)
    assert bank.due("ebank") == []
    assert bank.due("core") == []
    bank.one(bank.answer(push))
    assert bank.service.next_due("core", bank.now) is None
    assert bank.rows("select state, code from message where direction='out'") == [("confirmed", "0000")]


def test_a_push_is_journalled_before_it_leaves(bank):
    two(bank)
    (push,) = bank.due("core")
    ((row, state, ecif_no),) = bank.rows("select id, state, ecif_no from message where direction='out'")
    assert (state, ecif_no) == ("sent", bank.look("core", "1").head.ecif_no)
    assert bank.rows(f"select body from message_body where id={row}") == [(push.body,)]


def test_an_echo_is_no_change_and_ends_it(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push))
    bank.wait(10)
    assert bank.one(bank.person("core", "1", risk="R2", **SLOT)).code == "0001"
    assert bank.settle() == []
    assert "risk" not in {n for n, a in bank.look("core", "1").record.attributes.items() if a.own}


def test_an_unanswered_push_is_repeated_under_its_id_also_after_a_restart(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.wait(9)
    assert bank.due("core") == []
    assert bank.service.next_due("core", bank.now) == bank.now + SECOND
    bank.reopen()
    bank.wait(1)
    (again,) = bank.due("core")
    assert (again.push_id, again.copies, again.body) == (push.push_id, 2, push.body + b" again")
    bank.wait(10)
    (third,) = bank.due("core")
    assert third.copies == 3
    bank.one(bank.answer(third))
    assert bank.settle() == []


@pytest.mark.fault("X3", "the clock is set back an hour: what waits is repeated within the longest pause")
def test_a_clock_set_back_makes_nothing_wait_for_it(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.wait(-3600)
    (again,) = bank.due("core")
    assert (again.push_id, again.copies) == (push.push_id, 2)
    bank.wait(5)
    assert bank.due("core") == []  # and its next repeat has its pause again
    bank.one(bank.answer(again))
    assert bank.settle() == []


def test_a_clock_set_back_while_the_hub_was_down(bank):
    two(bank)
    bank.due("core")
    bank.reopen()
    bank.wait(-3600)
    assert len(bank.due("core")) == 1


def test_a_newer_version_waits_for_the_answer(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.person("ebank", "9", risk="R3", **DOCUMENT))
    assert bank.due("core") == []
    bank.one(bank.answer(push))
    (newer,) = bank.due("core")
    assert (bank.values(newer)["risk"], bank.push(newer).version) == ("R3", 3)


def test_busy_is_asked_again_later_and_later(bank):
    two(bank)
    (push,) = bank.due("core")
    waits = []
    for _ in range(11):
        bank.one(bank.answer(push, "9001"))
        due = bank.service.next_due("core", bank.now)
        waits.append((due - bank.now) // SECOND)
        bank.now = due
        (push,) = bank.due("core")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    bank.one(bank.answer(push))
    assert bank.settle() == []


def test_a_lost_line_is_soon_tried_again(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.service.connection_lost([push.push_id, "nobody's"], bank.now)
    bank.wait(1)
    assert bank.due("core")[0].copies == 2


def test_a_line_fault_is_counted_and_tried_again(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push, "1005"))
    assert bank.service.counts["line_faults"] == 1
    assert bank.look("core", "1").schedule.last_error == "1005"
    bank.wait(1)
    assert bank.due("core")[0].copies == 2


def test_a_refusal_is_final_until_something_else_is_wanted(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push, "1003"))
    assert bank.settle() == []
    looked = bank.look("core", "1")
    assert (bool(looked.record.refused), looked.schedule.last_error) == (True, "1003")
    assert bank.rows("select state, code from message where direction='out'") == [("refused", "1003")]
    bank.one(bank.person("ebank", "9", risk="R3", **DOCUMENT))
    (other,) = bank.settle()
    assert bank.values(other)["risk"] == "R3"


def test_an_unknown_code_is_no_delivery(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push, "4711"))
    assert bank.look("core", "1").record.refused


def test_a_system_that_holds_a_newer_version_is_pushed_a_higher_one(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push, "0003", version=70))
    (again,) = bank.due("core")
    assert (again.push_id != push.push_id, bank.push(again).version) == (True, 71)
    bank.one(bank.answer(again, "0003", version=90))
    assert bank.due("core") == []
    bank.wait(2)
    (third,) = bank.due("core")
    assert bank.push(third).version == 91
    bank.one(bank.answer(third))


def test_replies_to_nothing_are_journalled_and_counted(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.one(bank.answer(push))
    assert bank.one(bank.answer(push)) == Reply("")
    unknown = bank.answer(push)
    assert bank.take(type(unknown)(unknown.envelope, "nobody's", "0000")) == [Reply("")]
    assert bank.service.counts["unmatched_replies"] == 2
    assert bank.rows("select count(*) from message where state='unmatched'") == [(2,)]


def test_a_withdrawn_value_is_pushed_as_clear_mark(bank):
    two(bank)
    bank.settle()
    bank.wait(10)
    bank.one(bank.person("ebank", "9", risk=None, **DOCUMENT))
    (push,) = bank.due("core")
    assert bank.values(push)["risk"] is None
    bank.one(bank.answer(push))
    assert bank.settle() == []


def test_who_keeps_putting_a_losing_value_back_is_held_for_a_steward(bank):
    bank.one(bank.person("core", "1", gender="male", **SLOT))
    bank.one(bank.person("ebank", "9", gender="female", **DOCUMENT))
    for _ in range(5):
        bank.settle()
        bank.wait(10)
        bank.one(bank.person("ebank", "9", gender="female", **DOCUMENT))
    assert bank.look("ebank", "9").record.standoff
    assert bank.settle() == []
    assert bank.rows("select kind, system, closed_at from review_task") == [("standoff", "ebank", 0)]
    bank.service.resume(("ebank", "9"), actor="s", reason="asked the branch", now=bank.now)
    assert bank.rows("select count(*) from review_task where closed_at = 0") == [(0,)]
    assert len(bank.settle()) == 1


def quarrel(bank, minutes, *, echo=False, turns=20):
    """Two programs set one field against each other, each time to something new. How many turns it took
    until one side was told nothing any more."""
    bank.one(bank.person("core", "1", phone__mobile="139000000", **SLOT))
    bank.one(bank.person("ebank", "9", phone__mobile="139000001", **DOCUMENT))
    for turn in range(turns):
        system, number, papers = (("core", "1", SLOT), ("ebank", "9", DOCUMENT))[turn % 2]
        told = bank.settle()
        if turn and not told:
            return turn
        bank.wait(60 * minutes)
        if echo:
            told = bank.values(told[-1])["phone:mobile"]
            bank.one(bank.person(system, number, phone__mobile=told, **papers))
            bank.wait(10)
        bank.one(bank.person(system, number, phone__mobile=f"13900001{turn:02}", **papers))
    return turns


@pytest.mark.fault("M7", "two programs set a field against each other, ever new values: one side is held")
@pytest.mark.parametrize("echo", [False, True], ids=["", "shown in between"])
def test_systems_that_keep_overwriting_each_other_are_held_for_a_steward(bank, echo):
    assert quarrel(bank, 1, echo=echo) <= 9
    held = [key for key in (("core", "1"), ("ebank", "9")) if bank.look(*key).record.standoff]
    assert len(held) == 1
    assert bank.rows("select kind, closed_at from review_task") == [("standoff", 0)]
    assert bank.service.counts["standoffs"] == 1
    assert bank.problems() == []


@pytest.mark.fault("M7", "a steward's pin decides it, and both are told")
def test_a_pin_ends_a_quarrel(bank):
    quarrel(bank, 1)
    number = bank.look("core", "1").head.ecif_no
    bank.service.pin(number, "phone:mobile", "13800138000", actor="s", reason="asked", now=bank.now)
    bank.settle()
    for key in (("core", "1"), ("ebank", "9")):
        record = bank.look(*key).record
        assert (record.standoff, record.attributes["phone:mobile"].held) == (False, "13800138000")
    assert bank.rows("select count(*) from review_task where closed_at = 0") == [(0,)]


def test_changes_that_take_their_time_are_no_quarrel(bank):
    assert quarrel(bank, 61) == 20
    assert bank.rows("select count(*) from review_task") == [(0,)]


def test_limit_and_backlog(bank):
    for number in range(5):
        document = {"document": ("passport", f"E1234567{number}", None), "named": {"document": "passport"}}
        bank.one(bank.person("core", f"c{number}", name=f"客户{number}", **document))
        keyed = {"document__passport": (f"E1234567{number}", None)}
        bank.one(bank.person("ebank", f"e{number}", name=f"客户{number}", risk="R1", **keyed))
    assert bank.service.backlog()["core"].pending == 5
    assert bank.service.backlog()["core"].oldest == bank.now
    assert bank.service.backlog()["loan"].pending == 0
    assert len(bank.due("core", 2)) == 2
    assert len(bank.due("core", 0)) == 0
    assert len(bank.due("core", 9)) == 3


def test_a_system_that_takes_no_pushes_gets_none(tmp_path):
    from tests.ecif.bank import Bank, three_systems

    dialects = three_systems()
    dialects["core"].pushes = "no"
    bank = Bank(tmp_path, dialects=dialects)
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", risk="R2", **DOCUMENT))
    assert bank.settle() == []
    assert bank.problems() == []
    bank.store.close()


def test_what_a_systems_form_loses_stands_in_the_journal(bank):
    whole = "买买提·吐尔逊江·阿卜杜拉"
    nameless = bank.one(bank.image("core", "1", kind="person")).ecif_no
    named = bank.one(bank.person("ebank", "9", name=whole, **DOCUMENT)).ecif_no
    bank.service.merge(nameless, named, actor="steward", reason="one person", now=bank.now)
    (push,) = bank.due("core")
    assert bank.values(push)["name"] == whole[:8]
    assert bank.rows("select reply_text from message where direction='out'") == [("name cut",)]


# ------------------------------------------------------------------------------------ with its cause
def settled_pairs(bank, *numbers):
    """Customers that core and ebank know, everything confirmed and nobody woken."""
    for number in numbers:
        slot = {"document": ("passport", f"E{number}", None), "named": {"document": "passport"}}
        bank.one(bank.person("core", number, **slot))
        bank.one(bank.person("ebank", number, document__passport=(f"E{number}", None)))
    bank.settle()
    bank.service.take_woken()


def test_pushes_leave_with_the_commit_that_causes_them(bank):
    settled_pairs(bank, "1")
    bank.wait(60)
    bank.service.take_in([bank.person("core", "1", name="张四")], bank.now, {"ebank": 5})
    (push,) = bank.service.take_leaving()
    assert (push.system, push.customer_no, push.copies) == ("ebank", "1", 1)
    assert bank.service.take_leaving() == []
    assert bank.service.take_woken() == set()
    assert bank.due("ebank") == []
    bank.wait(20)
    (again,) = bank.due("ebank")
    assert (again.push_id, again.copies) == (push.push_id, 2)
    bank.one(bank.answer(push))
    assert bank.settle() == []


def test_what_there_is_no_room_for_waits(bank):
    settled_pairs(bank, *"123")
    bank.wait(60)
    batch = [bank.person("core", number, name="张四") for number in "123"]
    bank.service.take_in(batch, bank.now, {"ebank": 2, "core": 5})
    leaving = bank.service.take_leaving()
    assert [push.customer_no for push in leaving] == ["1", "2"]
    assert bank.service.take_woken() == {"ebank"}
    (waiting,) = bank.due("ebank")
    assert waiting.customer_no == "3"
    bank.take(*(bank.answer(push) for push in (*leaving, waiting)))
    assert bank.settle() == []


def test_what_waits_leaves_with_the_next_commit_and_first(bank):
    settled_pairs(bank, *"1234")
    bank.wait(60)
    batch = [bank.person("core", number, name="张四") for number in "234"]
    bank.service.take_in(batch, bank.now, {"ebank": 1})
    first = bank.service.take_leaving()
    bank.wait(1)
    bank.service.take_in([bank.person("core", "1", name="张五")], bank.now, {"ebank": 3})
    leaving = bank.service.take_leaving()
    assert [push.customer_no for push in leaving] == ["3", "4", "1"]
    assert bank.due("ebank") == []
    bank.take(*(bank.answer(push) for push in (*first, *leaving)))
    assert bank.settle() == []


def test_what_waits_is_looked_at_with_what_the_batch_says_of_it(bank):
    """It came to nothing, or was answered, in the very batch that would have sent it."""
    settled_pairs(bank, "1", "2")
    bank.wait(60)
    batch = [bank.person("core", number, name="张四") for number in "12"]
    bank.service.take_in(batch, bank.now, {"ebank": 1})
    (flying,) = bank.service.take_leaving()
    bank.wait(60)
    back = bank.person("ebank", "2", name="张四")
    bank.service.take_in([bank.answer(flying), back], bank.now, {"ebank": 5})
    assert bank.service.take_leaving() == []
    bank.wait(60)
    assert bank.settle() == []


def test_in_shadow_a_push_is_shown_once_and_waits(bank):
    two(bank)
    assert bank.service.show_due("core", 10, bank.now) == 1
    assert bank.service.show_due("core", 10, bank.now) == 0
    rows = bank.rows("select state, version, ecif_no from message where direction='out'")
    assert rows == [("shadow", 2, bank.look("core", "1").head.ecif_no)]
    assert bank.look("core", "1").record.flying is None
    assert bank.service.backlog()["core"].pending == 1


def test_a_change_meanwhile_is_shown_and_one_row_waits_a_customer(bank):
    two(bank)
    bank.service.show_due("core", 10, bank.now)
    for risk in ("R3", "R4"):
        bank.wait(5)
        bank.one(bank.person("ebank", "9", risk=risk, **DOCUMENT))
        assert bank.service.show_due("core", 10, bank.now) == 1
    assert bank.rows("select version from message where state='shadow' order by id") == [(2,), (3,), (4,)]
    assert bank.rows("select count(*) from sync_state where next_attempt is not null") == [(1,)]


def test_when_the_shadow_ends_what_stands_then_leaves_once(bank):
    two(bank)
    bank.service.show_due("core", 10, bank.now)
    bank.wait(5)
    bank.one(bank.person("ebank", "9", risk="R3", **DOCUMENT))
    bank.service.show_due("core", 10, bank.now)
    bank.reopen()
    (push,) = bank.due("core")
    assert (bank.values(push)["risk"], push.copies) == ("R3", 1)
    bank.one(bank.answer(push))
    assert bank.due("core") == []
    assert bank.rows("select count(*) from message where state='shadow'") == [(2,)]


def test_what_flew_before_the_shadow_is_neither_shown_nor_repeated(bank):
    two(bank)
    (push,) = bank.due("core")
    bank.wait(60)
    assert bank.service.show_due("core", 10, bank.now) == 0
    bank.one(bank.answer(push))
    assert bank.look("core", "1").record.flying is None
    assert bank.rows("select state from message where direction='out'") == [("confirmed",)]
