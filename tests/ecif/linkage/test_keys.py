"""Blocking keys: one text, several, none."""

import tomllib

import pytest

from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel

MODEL = """
id = "id"
[attribute]
name = {{ normalise = ["lower"] }}
phones = {{ columns = ["home", "work"], each = true, normalise = ["digits"] }}
[[comparison]]
on = ["name"]
level = [{{ exact = true }}]
[[block]]
on = {}
"""
ROW = {"id": "1", "name": "Old Red Shoe", "home": "11", "work": "22"}


def keys(on, row=ROW):
    model = CompiledModel(MatchModel.model_validate(tomllib.loads(MODEL.format(on))))
    return [text for _, text in model.keys(model.values(row))]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ('["name"]', ["old red shoe"]),
        ('["first(name, 3)"]', ["old"]),
        ('["initials(name)"]', ["ors"]),
        ('["words(name)"]', ["old", "red", "shoe"]),
        ('["rare(name, 2)"]', ["old", "red", "shoe"]),
        ('["grams(name, 8)"]', ["oldredsh", "ldredsho", "dredshoe"]),
        ('["phones"]', ["11", "22"]),
        ('["first(name, 1)", "phones"]', ["o\x0011", "o\x0022"]),
    ],
)
def test_what_a_block_gives(on, expected):
    assert keys(on) == expected


def test_a_missing_part_gives_no_key():
    nothing = {"id": "1", "name": "", "home": "", "work": ""}
    assert keys('["first(name, 1)", "phones"]', nothing) == []
    assert keys('["grams(name, 3)"]', nothing) == []


def test_rare_words_are_those_that_somebody_shares():
    model = CompiledModel(MatchModel.model_validate(tomllib.loads(MODEL.format('["rare(name, 1)"]'))))
    rows = [model.values({**ROW, "name": name}) for name in ("a b only", "a b", "a c")]
    model.learn(rows)
    assert [[text for _, text in model.keys(row)] for row in rows] == [["b"], ["b"], ["a"]]
