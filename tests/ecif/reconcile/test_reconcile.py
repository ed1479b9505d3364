"""The rules of one record, case by case; tests/syncmodel compares them with the model at large."""

from ecif.model import UNKNOWN, Flying, Golden, Holding, Survivor
from ecif.reconcile.desired import digest, is_due, wanted
from ecif.reconcile.image import INSISTS, on_image
from ecif.reconcile.late import date_late, is_stale
from ecif.reconcile.push import on_answered, on_confirm, on_newer, on_refuse, on_repeat, on_sent, released
from tests.ecif.fakes import CORE, EMPTY, NUMBER, SECOND, FakeDialect, T, golden, image, pushed, record, said


# ------------------------------------------------------------------------------------ images
def test_a_first_image_contributes_all_it_says():
    after = said({"name": "张伟", "phone:mobile": "13900000001"})
    assert after.attributes["name"].own.value == "张伟"
    assert after.attributes["phone:mobile"].own.since == T
    assert after.seq == 1
    assert after.attributes["name"].held == "张伟"


def test_repeating_renews_nothing():
    once, twice = said({"name": "张伟"}), said({"name": "张伟"}, {"name": "张伟"})
    assert twice.attributes["name"].own == once.attributes["name"].own
    assert twice.seq == 2


def test_blanks_say_nothing_and_the_clear_mark_withdraws():
    after = said({"name": "张伟", "phone:mobile": "1"}, {"name": "张伟"}, {"phone:mobile": None})
    assert after.attributes["name"].own is not None
    assert after.attributes["phone:mobile"].own is None
    assert after.attributes["phone:mobile"].held is None


def test_an_echo_before_the_reply_is_no_change():
    flying = pushed(said({"name": "张伟"}), golden(name="张炜"))
    after = said({"name": "张炜"}, start=flying, at=T + 11 * SECOND)
    assert after.attributes["name"].own.value == "张伟"
    assert after.attributes["name"].held == "张炜"
    assert after.flying.seen == {"name": "张炜"}


def test_a_return_to_the_old_value_after_confirmation_is_a_change():
    confirmed = on_confirm(pushed(said({"name": "a"}), golden(name="b")), "p1", T + 12 * SECOND)
    echoed = said({"name": "b"}, start=confirmed, at=T + 20 * SECOND)
    after = said({"name": "a"}, start=echoed, at=T + 30 * SECOND)
    assert after.attributes["name"].own.since == T + 30 * SECOND


def test_a_change_holds_from_after_what_its_author_saw():
    future = Golden({"name": Survivor("b", T + 60 * SECOND, "loan", "9", "only")})
    confirmed = on_confirm(pushed(said({"name": "a"}), future), "p1", T + 12 * SECOND)
    after = said({"name": "c"}, start=confirmed, at=T + 20 * SECOND)
    assert after.attributes["name"].own.since == T + 60 * SECOND + 1


def test_a_value_may_say_itself_since_when_it_holds():
    tested, again = T - 90 * SECOND, T - 30 * SECOND
    first = on_image(record(), image(1, T, {"name": "a"}, since={"name": tested}), EMPTY, CORE)
    assert first.attributes["name"].own.since == tested
    repeated = on_image(first, image(2, T + SECOND, {"name": "a"}, since={"name": again}), EMPTY, CORE)
    assert repeated.attributes["name"].own.since == again
    echo = image(3, T + 11 * SECOND, {"name": "b"}, since={"name": T})
    shown = on_image(pushed(repeated, golden(name="b")), echo, EMPTY, CORE)
    assert shown.attributes["name"].own == repeated.attributes["name"].own, "another's value is no change"
    late = date_late(repeated, image(1, T - SECOND, {"name": "a"}, since={"name": tested}))
    assert late.attributes["name"].own.since == again


def test_crossing_image_and_confirmation_leave_unknown_and_push_again():
    known = golden(name="b")
    flying = pushed(said({"name": "a"}), known)
    crossed = said({"name": "a"}, start=flying, at=T + 10 * SECOND)
    after = on_confirm(crossed, "p1", T + 11 * SECOND)
    assert after.attributes["name"].held == UNKNOWN
    assert is_due(after, known, NUMBER, CORE)


def test_stale_images_only_date_better():
    late = image(2, T + 1 * SECOND, {"name": "b"})
    after = said({"name": "a"}, at=T)
    after = on_image(after, image(3, T + 5 * SECOND, {"name": "b"}), EMPTY, CORE)
    assert is_stale(after, late)
    dated = date_late(after, late)
    assert dated.attributes["name"].own.value == "b"
    assert dated.attributes["name"].own.since == T + 1 * SECOND
    assert dated.seq == 3


def test_a_stale_image_with_another_value_bounds_the_dating():
    after = on_image(said({"name": "a"}), image(9, T + 9 * SECOND, {"name": "b"}), EMPTY, CORE)
    bounded = date_late(after, image(5, T + 5 * SECOND, {"name": "c"}))
    assert bounded.attributes["name"].own.lo == 5
    unmoved = date_late(bounded, image(4, T + 4 * SECOND, {"name": "b"}))
    assert unmoved.attributes["name"].own.since == T + 9 * SECOND


def test_a_stale_partial_entry_tells_nothing():
    first = said({"document": ("passport", "E1", "20300101")})
    newer = on_image(first, image(9, T + SECOND, {"document": ("passport", "E1", "20400101")}), EMPTY, CORE)
    assert date_late(newer, image(5, T, {"document": ("passport", "E1", None)})) == newer
    assert date_late(newer, image(5, T, {"document": ("passport", None, "20300101")})) == newer


def test_lists_are_complete_and_keep_their_since():
    held = Holding("deposit", "1")
    one = on_image(record(), image(1, T, {}, holdings=(held,)), EMPTY, CORE)
    same = on_image(one, image(2, T + SECOND, {}, holdings=(held,)), EMPTY, CORE)
    unsaid = on_image(same, image(3, T + 2 * SECOND, {}), EMPTY, CORE)
    gone = on_image(unsaid, image(4, T + 3 * SECOND, {}, holdings=(), relations=()), EMPTY, CORE)
    assert one.holdings == same.holdings == unsaid.holdings
    assert gone.holdings.items == ()
    assert gone.holdings.since == T + 3 * SECOND
    assert gone.relations.items == ()


def test_a_partial_entry_that_means_nothing_is_dropped():
    after = said({"document": ("passport", None, "20300101")})
    assert "document" not in after.attributes


def test_the_expiry_of_the_same_number_stays_in_force():
    after = said({"document": ("passport", "E1", "20300101")}, {"document": ("passport", "E1", None)})
    assert after.attributes["document"].own.value == ("passport", "E1", "20300101")
    assert after.attributes["document"].own.since == T


# ------------------------------------------------------------------------------------ insisting
def test_a_system_that_puts_its_value_back_is_held_for_a_steward():
    known, current, at = golden(name="b"), said({"name": "a"}), T
    for turn in range(INSISTS + 1):
        at += 100 * SECOND
        assert is_due(current, known, NUMBER, CORE)
        current = on_confirm(pushed(current, known, at=at, id=f"p{turn}"), f"p{turn}", at + SECOND)
        assert current.standoff is False
        back = image(current.seq + 1, at + 50 * SECOND, {"name": "a"})
        current = on_image(current, back, known, CORE)
    assert current.standoff
    assert not is_due(current, known, NUMBER, CORE)
    assert is_due(released(current), known, NUMBER, CORE)
    assert released(current).attributes["name"].insist == 0


# ------------------------------------------------------------------------------------ pushes and answers
def test_one_push_at_a_time():
    assert not is_due(pushed(said({"name": "a"}), golden(name="b")), golden(name="c"), NUMBER, CORE)


def test_late_answers_of_settled_pushes_change_nothing():
    flying = pushed(said({"name": "a"}), golden(name="b"))
    assert on_confirm(flying, "p0", T) is flying
    assert on_refuse(flying, "p0", "x") is flying
    assert on_newer(flying, "p0") is flying
    assert on_repeat(record()) == record()


def test_a_refusal_rests_until_what_is_wanted_changes():
    known = golden(name="b")
    flying = pushed(said({"name": "a"}), known)
    refused = on_refuse(flying, "p1", digest(wanted(flying, known, CORE), NUMBER))
    assert not is_due(refused, known, NUMBER, CORE)
    assert is_due(refused, golden(name="c"), NUMBER, CORE)
    assert is_due(refused, known, "100000000002", CORE)  # another ECIF number is another push
    assert refused.attributes["name"].held == "a"


def test_a_refused_repeat_may_have_been_applied_once():
    flying = on_repeat(pushed(said({"name": "a"}), golden(name="b")))
    assert flying.flying.copies == 2
    assert on_refuse(flying, "p1", "x").attributes["name"].held == UNKNOWN


def test_a_newer_version_there_leaves_unknown():
    known = golden(name="b")
    after = on_newer(pushed(said({"name": "a"}), known), "p1")
    assert after.flying is None
    assert is_due(after, known, NUMBER, CORE)


def test_the_number_is_known_from_the_first_reply_and_pushed_when_it_changes():
    known, after = golden(name="a"), said({"name": "a"})
    assert not is_due(after, known, NUMBER, CORE)
    answered = on_answered(after, NUMBER)
    assert not is_due(answered, known, NUMBER, CORE)
    assert is_due(answered, known, "100000000002", CORE)
    flying = Flying("p1", "100000000002", 2, {"name": "a"}, T)
    settled = on_confirm(on_sent(answered, flying, {"name": T}), "p1", T + SECOND)
    assert not is_due(settled, known, "100000000002", CORE)
    assert is_due(settled, known, NUMBER, CORE)


def test_a_shown_value_believed_only_when_seen_stays_possible():
    seen = FakeDialect(pushes="seen", carries=("name",))
    known = golden(name="b")
    flying = pushed(said({"name": "a"}, dialect=seen), known, dialect=seen)
    confirmed = on_confirm(flying, "p1", T + 12 * SECOND)
    after = on_image(confirmed, image(2, T + 60 * SECOND, {"name": "a"}), known, seen)
    assert after.attributes["name"].own.since == T  # not applied, not changed back
    assert is_due(after, known, NUMBER, seen)
