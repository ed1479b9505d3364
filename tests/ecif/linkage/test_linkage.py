"""Training and the streaming engine on records whose truth is known."""

import random
import tomllib

import pytest

from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel
from ecif.linkage.engine import Engine
from ecif.linkage.lowered import MOSTLY, NEVER, UNLIKE
from ecif.linkage.settling import settle
from ecif.linkage.standing import best_third, whole
from ecif.linkage.training import TooFew, train
from tests.ecif.linkage.people import MODEL, pairs, people

DECLARED = MatchModel.model_validate(tomllib.loads(MODEL))


def resolved(rows, model, *, seed=None):
    rows = list(rows)
    if seed is not None:
        random.Random(seed).shuffle(rows)
    values = [model.values(row) for row in rows]
    model.learn(values)
    engine = Engine(model)
    for one in values:
        engine.add(one)
    settle(engine, model)
    return pairs([[rows[at]["id"] for at in party] for party in engine.parties()]), engine


@pytest.fixture(scope="module")
def trained():
    rows, _ = people(800)
    plain = CompiledModel(DECLARED)
    return train(DECLARED, [plain.values(row) for row in rows])


def test_training_learns_which_levels_tell_matches(trained):
    assert trained.trained
    assert 0.2 / 800 < trained.prior < 2 / 800
    for one in trained.comparison:
        exact, otherwise = one.level[0], one.otherwise
        assert exact.m > 10 * exact.u or one.label == "town"
        assert otherwise.m < otherwise.u
    for one in trained.comparison:
        assert sum(level.m for level in one.weighed) == pytest.approx(1, abs=0.01)


def test_nearly_all_pairs_are_found_and_none_is_wrong(trained):
    rows, truth = people(500, seed=7)
    found, _ = resolved(rows, CompiledModel(trained))
    assert len(found & truth) / len(found) >= 0.99
    assert len(found & truth) / len(truth) >= 0.97


def test_the_order_of_arrival_hardly_matters(trained):
    rows, _ = people(400, seed=9)
    one, _ = resolved(rows, CompiledModel(trained), seed=1)
    other, _ = resolved(rows, CompiledModel(trained), seed=2)
    assert len(one & other) / len(one | other) >= 0.995


def test_training_says_what_it_lacks():
    only = DECLARED.model_copy(update={"block": DECLARED.block[:1]})
    rows, _ = people(2)
    plain = CompiledModel(only)
    with pytest.raises(TooFew, match="no two records share"):
        train(only, [plain.values(row) for row in rows[:1] * 1 + [{**rows[1], "number": ""}]])


def test_what_no_key_leaves_open_is_learned_from_all_pairs():
    only = DECLARED.model_copy(update={"block": DECLARED.block[:1]})
    rows, _ = people(800)
    plain = CompiledModel(only)
    found = train(only, [plain.values(row) for row in rows])
    number = next(one for one in found.comparison if one.label == "number")
    assert number.level[0].m > 0.9 > number.otherwise.m


# ------------------------------------------------------------------------------------ rules above the score
TWINS = """
id = "id"
prior = 0.001
[attribute]
name = {}
born = {}
paper = {}
[[comparison]]
on = ["name"]
level = [{ exact = true, m = 0.9, u = 0.001 }]
otherwise = { m = 0.1, u = 0.999 }
[[comparison]]
on = ["born"]
level = [{ exact = true, m = 0.9, u = 0.001 }]
otherwise = { m = 0.1, u = 0.999 }
[[block]]
on = ["born"]
[[veto]]
differ = ["paper"]
edits = 1
"""


def engine_of(text, *records):
    engine = Engine(CompiledModel(MatchModel.model_validate(tomllib.loads(text))))
    for record in records:
        engine.add(record)
    return engine


def test_a_veto_stands_above_every_score():
    engine = engine_of(TWINS, ("li", "20000101", "1111"), ("li", "20000101", "2222"))
    assert engine.parties() == [[0], [1]]
    assert engine_of(TWINS, ("li", "20000101", "1111"), ("li", "20000101", "1112")).parties() == [[0, 1]]


def test_a_veto_does_not_hold_where_something_stronger_agrees():
    text = TWINS.replace('differ = ["paper"]\nedits = 1', 'differ = ["name"]\nunless = ["paper"]')
    text = text.replace("m = 0.9, u = 0.001", "m = 0.9, u = 0.00001")
    assert engine_of(text, ("li", "20000101", "1"), ("wu", "20000101", "2")).parties() == [[0], [1]]
    assert engine_of(text, ("li", "20000101", "1"), ("wu", "20000101", "1")).parties() == [[0, 1]]


def test_a_veto_of_the_pair_leaves_the_party_open():
    """Somebody renamed: the old name still finds the party, though it does not fit the new one."""
    text = TWINS.replace('differ = ["paper"]\nedits = 1', 'differ = ["name"]\nunless = ["paper"]\nSCOPE')
    text = text.replace("m = 0.9, u = 0.001", "m = 0.9, u = 0.00001")
    records = ("li", "20000101", "1"), ("wu", "20000101", "1"), ("li", "20000101", "")
    pair = engine_of(text.replace("SCOPE", 'scope = "pair"'), *records)
    assert pair.parties() == [[0, 1, 2]]
    assert engine_of(text.replace("SCOPE", ""), *records).parties() == [[0, 1], [2]]


def test_a_record_that_fits_two_strangers_ties_neither():
    engine = engine_of(TWINS, ("li", "20000101", "1111"), ("li", "20000101", "2222"), ("li", "20000101", ""))
    assert engine.parties() == [[0], [1], [2]]
    assert {review.other for review in engine.reviews()} == {0, 1}


def test_a_tier_links_whatever_the_score():
    text = TWINS.replace('[[veto]]\ndiffer = ["paper"]\nedits = 1', '[[tier]]\nequal = ["paper"]')
    engine = engine_of(text, ("li", "20000101", "1111"), ("wu", "20000101", "1111"))
    assert engine.parties() == [[0, 1]]


def test_a_stop_key_finds_nobody():
    text = TWINS.replace('on = ["born"]\n[[veto]]', 'on = ["born"]\nlargest = 2\n[[veto]]')
    crowd = [(f"n{i}", "20000101", "") for i in range(4)]
    assert len(engine_of(text, *crowd, ("n0", "20000101", "")).parties()) == 5


def test_one_odd_record_does_not_speak_for_a_party():
    assert best_third([9.0]) == 9.0
    assert best_third([9.0, -8.0, -8.0, -8.0]) == 0.5
    assert whole([[9.0, NEVER]]) == NEVER
    assert whole([[9.0, UNLIKE]]) == 9.0
    assert whole([[9.0, MOSTLY]]) == MOSTLY
    assert whole([[9.0, 9.0, MOSTLY]]) == 9.0
    assert whole([[9.0], [-20.0]]) == -5.5
