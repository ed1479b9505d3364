"""Where no rule decides: a score by the shipped model, on what the shipped conf makes of records."""

from pathlib import Path

import pytest

from ecif.match_key import kind, kind_of
from ecif.matching import Conflict, Linked, Matching, New
from gateway.bootstrap import load_matching
from gateway.config.reader import read_conf
from tests.ecif.fakes import RESIDENT
from tests.ecif.test_matching import OTHER_RESIDENT, who

MATCHING: Matching = load_matching(read_conf(Path(__file__).parents[2] / "conf", {}))
HOME = ("北京市东城区试验路146号绿城公寓10栋1581室", None)
ANNA = {
    "name": "徐思琪", "born": "19771222", "gender": "female", "email": "c0472483@example.com",
    "address__home": HOME, "phone__mobile": "15088094692",
}  # fmt: skip
ELSEWHERE = {
    "address__home": ("四川省成都市锦江区模拟南路137号3栋1576室", None), "phone__mobile": "13838288929",
}  # fmt: skip


def anna(system="core", without=(), **changed):
    values = {name: value for name, value in {**ANNA, **changed}.items() if name not in without}
    return who(system, **values)


def judged(record, **parties):
    return MATCHING.judge([record], parties)


MOVED = anna("ebank", phone__mobile="13838288929")
"""Another mobile: no rule says that it is she."""


def test_much_in_common_links():
    assert judged(MOVED, A=[anna()]) == Linked("A", "score")
    assert MATCHING.promising({key: {"A"} for key in MATCHING.match_keys([MOVED])}) == {"A"}


@pytest.mark.parametrize(
    "name",
    ["徐〓琪", "徐思淇", "XU SIQI", "徐　思琪"],  # lost, homophone, Latin, full width
)
def test_a_name_written_otherwise_links(name):
    assert judged(anna("loan", name=name, phone__mobile="13838288929"), A=[anna()]) == Linked("A", "score")


def test_a_namesake_of_the_same_day_is_a_question_for_a_steward():
    namesake = anna("loan", without=("email",), **ELSEWHERE)
    found = judged(namesake, A=[anna()])
    assert isinstance(found, Conflict)
    (question,) = found.doubts
    assert (question.ecif_no, question.reason) == ("A", "score")
    assert question.likeness is not None
    assert question.likeness.best == question.likeness.backing > 0


def test_strangers_are_new():
    other = anna("loan", name="郭小红", born="19470612", email="other@example.com", **ELSEWHERE)
    assert judged(other, A=[anna()]) == New()


def test_a_veto_goes_before_any_score():
    one = anna(document=("resident_id", RESIDENT, None))
    two = anna("ebank", document__resident_id=(OTHER_RESIDENT, None), phone__mobile="13838288929")
    assert judged(two, A=[one]) == New()
    assert judged(anna("loan", kind="organization"), A=[anna()]) == New()


def test_a_stewards_word_goes_before_any_score():
    assert MATCHING.judge([MOVED], {"A": [anna()]}, no_match=["A"]) == New()


def test_who_fits_two_strangers_is_a_question():
    """A record without birth date, of one who lives with her namesake."""
    older = anna("card", born="19520314", phone__mobile="13500652544", email="old@example.com")
    unsure = anna("loan", without=("born", "email", "phone__mobile"))
    found = judged(unsure, A=[anna()], B=[older])
    assert isinstance(found, Conflict)
    assert {question.ecif_no for question in found.doubts} == {"A", "B"}


def test_who_fits_two_that_are_one_is_linked():
    found = judged(MOVED, A=[anna()], B=[anna("card")])
    assert isinstance(found, Linked)
    declared = MATCHING.judge([MOVED], {"A": [anna()], "B": [anna("card")]}, strangers=[frozenset("AB")])
    assert isinstance(declared, Conflict)


def test_a_record_like_one_odd_record_of_many_is_none_of_them():
    """The party's other records say nothing of her: one odd one does not chain two people."""
    him = {"name": "郭建国", "born": "19470612", "gender": "male", "phone__mobile": "13926023263",
           "email": "g@example.com", "address__home": ("云南省昆明市五华区样例街174号", None)}  # fmt: skip
    party = [who(f"s{n}", **{**him, "email": f"g{n}@example.com"}) for n in range(6)]
    odd = anna("odd", phone__mobile="13926023263")
    assert judged(MOVED, A=[odd]) == Linked("A", "score")
    assert not isinstance(judged(MOVED, A=[*party, odd]), Linked)


# ------------------------------------------------------------------------------------ whom to look at
def test_one_key_shared_with_a_crowd_is_not_worth_a_look():
    rule = kind("born_and_mobile")
    first, second, *_ = (key for key in MATCHING.match_keys([anna()]) if kind_of(key) != rule)
    crowd = {f"{number}" for number in range(10)}
    assert MATCHING.promising({first: crowd, second: {"7"}}) == {"7"}
    assert MATCHING.promising({first: crowd, second: crowd - {"1"}}) == crowd - {"1"}
    assert MATCHING.promising({first: {f"{number}" for number in range(99)}, second: set()}) == set()


def seeks(one, other):
    return not set(MATCHING.sought_keys([one])).isdisjoint(MATCHING.match_keys([other]))


def test_namesakes_with_two_sound_numbers_do_not_look_at_each_other():
    """Nothing but the name in common, and `[score.lacking]` names the number."""
    her = {"born": "19491231", "gender": "female", "document__resident_id": (OTHER_RESIDENT, None)}
    him = {"born": "19850615", "gender": "male", "document__resident_id": (RESIDENT, None)}
    one, two = who("core", name="徐思琪", **her), who("ebank", name="徐思琪", **him)
    unsound = who("loan", name="徐思琪", document__resident_id=(RESIDENT[:17] + "1", None))
    unnumbered = who("card", name="徐思琪", born="19900101")
    assert (seeks(one, two), seeks(two, one)) == (False, False)
    for a, b in ((one, unsound), (one, unnumbered), (two, unsound), (two, unnumbered), (unsound, unnumbered)):
        assert (seeks(a, b), seeks(b, a)) == (True, True)
    assert seeks(one, who("loan", name="王芳", document__resident_id=(OTHER_RESIDENT, None)))


def test_a_number_that_says_another_sex_is_not_sound():
    right, wrong = (
        who("core", name="徐思琪", gender=gender, document__resident_id=(RESIDENT, None))
        for gender in ("male", "female")
    )
    one = who("ebank", name="徐思琪", gender="female", document__resident_id=(OTHER_RESIDENT, None))
    assert (seeks(one, right), seeks(one, wrong)) == (False, True)


def test_a_party_with_and_without_a_number_looks_at_all_of_that_name():
    both = [anna(), anna("ebank", document__resident_id=(OTHER_RESIDENT, None))]
    other = [who("loan", name=ANNA["name"], document__resident_id=(RESIDENT, None))]
    for side, that in ((both, other), (other, both)):
        assert not set(MATCHING.sought_keys(side)).isdisjoint(MATCHING.match_keys(that))


def test_keys_tell_no_values():
    keys = "".join(MATCHING.match_keys([anna()]))
    assert all(str(value) not in keys for value in ANNA.values())
