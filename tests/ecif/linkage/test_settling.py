"""When every record is there the order in which they came is of no account."""

import itertools
import tomllib

import pytest

from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel
from ecif.linkage.engine import Engine
from ecif.linkage.settling import settle

MODEL = """
id = "id"
prior = 0.001
[attribute]
name = {}
phone = {}
card = {}
[[comparison]]
on = ["name"]
level = [{ exact = true, m = 0.9, u = 0.001 }]
otherwise = { m = 0.1, u = 0.999 }
[[comparison]]
on = ["phone"]
level = [{ exact = true, m = 0.9, u = 0.0001 }]
otherwise = { m = 0.1, u = 0.9999 }
[[block]]
on = ["name"]
[[block]]
on = ["phone"]
[[veto]]
differ = ["card"]
scope = "most"
[[veto]]
differ = ["name"]
unless = ["card"]
scope = "pair"
spares_alone = true
[thresholds]
link = -0.6
review = -3.0
alone = ALONE
"""


def parties(records, *, alone="6.0"):
    model = CompiledModel(MatchModel.model_validate(tomllib.loads(MODEL.replace("ALONE", alone))))
    engine = Engine(model)
    for record in records:
        engine.add(record)
    settle(engine, model)
    return {frozenset(records[at] for at in party) for party in engine.parties()}


TWINS = (("li", "1", "A"), ("li", "1", ""), ("wu", "1", "B"), ("wu", "1", ""))


def test_twins_stay_apart_in_any_order():
    for order in itertools.permutations(TWINS):
        assert parties(order) == {frozenset(TWINS[:2]), frozenset(TWINS[2:])}


def test_a_record_that_only_a_veto_keeps_alone_joins_in_the_end():
    """The phone says 13 bits more than another name (-3) and the prior (-10): 0."""
    renamed = (("li", "1", "A"), ("wu", "1", ""))
    for order in itertools.permutations(renamed):
        assert len(parties(order, alone="3.0")) == 2
        assert len(parties(order, alone="-0.5")) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_surest_goes_first(order):
    records = [("li", "1", ""), ("li", "1", "A"), ("li", "1", "B")]
    found = parties([records[at] for at in order])
    assert len(found) == 3


def test_who_has_no_name_does_not_bring_together_what_names_keep_apart():
    nameless = ("", "1", "")
    records = (("li", "1", "A"), ("li", "1", ""), ("wu", "1", ""), ("wu", "1", "B"), nameless)
    for order in itertools.permutations(records):
        found = parties(order, alone="99.0")
        assert {frozenset({one for one in party if one != nameless}) for party in found} - {frozenset()} == {
            frozenset(records[:2]),
            frozenset(records[2:4]),
        }
