"""Documents whose original was seen: what they put first, and for how long they count."""

from tests.ecif.test_survivorship import says, survive

ZHANG, OTHER = ("11010519491231002X", None), ("440308199901101512", None)


def teller(**values):
    return says("teller", no="100000000001", **values)


def winners(*records):
    golden = survive(*records).values
    return {name: survivor.value for name, survivor in golden.items()}


def rule(attribute, *records):
    return survive(*records).values[attribute].rule


def test_who_sent_a_document_as_verified_outranks_even_a_sound_value():
    flagged = ("000000000", "20200101")
    seen = teller(name="张三", born="19000101", document__passport=flagged, verified__passport="000000000")
    core = says("core", 5, name="李四", born="19491231", document__passport=("E12345678", "20390101"))
    assert winners(seen, core) == {
        "name": "张三", "born": "19000101", "document:passport": flagged, "verified:passport": "000000000",
    }  # fmt: skip
    assert rule("born", seen, core) == "verified"


def test_without_the_mark_sound_and_trust_decide():
    unseen = teller(born="19000101", document__passport=("000000000", None))
    core = says("core", born="19491231", document__passport=("E12345678", None))
    assert winners(unseen, core) == {"born": "19491231", "document:passport": ("E12345678", None)}


def test_a_mark_alone_vouches_for_the_number_and_nothing_else():
    mark = teller(name="王五", verified__resident_id=OTHER[0])
    core = says("core", name="张三", document__resident_id=ZHANG)
    loan = says("loan", name="张三", document__resident_id=OTHER)
    found = winners(mark, core, loan)
    assert found["document:resident_id"] == OTHER
    assert found["verified:resident_id"] == OTHER[0]
    assert rule("name", mark, core, loan) == "trust"


def test_a_mark_ends_when_its_record_names_another_document():
    stale = teller(document__resident_id=ZHANG, verified__resident_id=OTHER[0])
    loan = says("loan", 9, document__resident_id=OTHER)
    assert winners(stale, loan) == {"document:resident_id": ZHANG}


def test_the_golden_mark_follows_the_surviving_document_in_either_form():
    short = teller(document__resident_id=("110105491231002", None), verified__resident_id="110105491231002")
    core = says("core", document__resident_id=ZHANG)
    found = winners(short, core)
    assert found["document:resident_id"] == ZHANG
    assert found["verified:resident_id"] == ZHANG[0]


def test_a_mark_without_a_document_shows_nothing():
    assert winners(teller(name="张三", verified__passport="E1")) == {"name": "张三"}


def test_contact_data_is_not_verified():
    seen = teller(email="a@x.cn", document__resident_id=ZHANG, verified__resident_id=ZHANG[0])
    assert winners(seen, says("core", 5, email="b@x.cn"))["email"] == "b@x.cn"


def test_a_death_counts_only_from_who_may_say_so():
    assert "status" not in winners(says("wealth", status="deceased"))
    assert winners(says("wealth", 5, status="deceased"), says("ebank", status="active"))["status"] == "active"
    for system in ("teller", "core", "loan"):
        assert winners(says(system, status="deceased"))["status"] == "deceased"
    assert winners(says("wealth", status="closed"))["status"] == "closed"
