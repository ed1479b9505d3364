"""The generated score is the interpreted model's, whatever the model says."""

import random
import tomllib

import pytest

from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel
from ecif.linkage.lowered import LEAST, NEVER, UNLIKE

MODEL = """
id = "id"
prior = 0.01
[groups]
nick = [["bob", "rob", "robert"], ["bill", "will"]]
[attribute]
first = { normalise = ["lower"] }
last = { normalise = ["lower"] }
phones = { split = ";", normalise = ["digits"] }
born = { normalise = ["date"], otherwise = "joined" }
joined = { normalise = ["date"] }
price = { normalise = ["number"] }
title = { normalise = ["lower"] }
card = {}
source = {}
[[comparison]]
on = ["first"]
level = [
  { exact = true, term_frequency = true, m = 0.8, u = 0.05 }, { swapped = "last", m = 0.05, u = 0.01 },
  { group = "nick", m = 0.05, u = 0.01 }, { initials = true, m = 0.03, u = 0.02 },
  { jaro_winkler = 0.85, m = 0.02, u = 0.02 }, { prefix = 1, m = 0.01, u = 0.1 },
]
otherwise = { m = 0.04, u = 0.79 }
[[comparison]]
on = ["first", "last"]
level = [{ exact = true, m = 0.7, u = 0.01 }]
otherwise = { m = 0.3, u = 0.99 }
[[comparison]]
on = ["phones"]
level = [{ exact = true, m = 0.6, u = 0.001 }, { edit = 1, m = 0.1, u = 0.001 }]
otherwise = { m = 0.3, u = 0.998 }
[[comparison]]
on = ["born"]
derived = { of = "card", unless = "joined" }
level = [{ exact = true, m = 0.9, u = 0.001 }, { days = 3, m = 0.02, u = 0.01 }, { year_month = true, m = 0.02, u = 0.01 }]
otherwise = { m = 0.06, u = 0.97 }
[[comparison]]
on = ["price"]
level = [{ within = 1, m = 0.5, u = 0.1 }, { percent = 20, m = 0.3, u = 0.2 }]
otherwise = { m = 0.2, u = 0.7 }
[[comparison]]
on = ["title"]
level = [{ cosine = 0.7, m = 0.6, u = 0.01 }, { dice = 0.6, m = 0.2, u = 0.02 }]
otherwise = { m = 0.2, u = 0.97 }
[[block]]
on = ["last"]
[[veto]]
differ = ["card"]
edits = 1
unless = [["first", "phones"], ["born"]]
scope = "SCOPE"
[[veto]]
same = ["source"]
[[tier]]
equal = ["card", "phones"]
"""  # noqa: E501
WORDS = ("red", "blue", "shoe", "shirt", "old", "new")


def record(chance):
    return {
        "id": "", "first": chance.choice(["bob", "rob", "r", "bill", "wu", "wa", "li", ""]),
        "last": chance.choice(["li", "wu", "bob", ""]),
        "phones": ";".join(chance.sample(["111", "112", "999", "5"], chance.randrange(3))),
        "born": chance.choice(["1990-01-01", "1990-01-03", "1990-01-30", "1991-07-01", ""]),
        "joined": chance.choice(["1990-01-01", ""]), "price": chance.choice(["9.99", "10.50", "12", ""]),
        "title": " ".join(chance.sample(WORDS, chance.randrange(4))),
        "card": chance.choice(["111111", "111112", "345678", ""]),
        "source": chance.choice(["a", "b", "", ""]),
    }  # fmt: skip


@pytest.mark.parametrize("scope", ["party", "most", "pair"])
def test_generated_and_interpreted_agree(scope):
    chance = random.Random(3)
    model = CompiledModel(MatchModel.model_validate(tomllib.loads(MODEL.replace("SCOPE", scope))))
    rows = [model.values(record(chance)) for _ in range(150)]
    model.learn(rows)
    seen = set()
    for _ in range(3000):
        a, b = chance.choice(rows), chance.choice(rows)
        score, rules = model.score(a, b), list(model.rules(a, b))
        if any(rule.startswith("veto") for rule in rules):
            assert score <= UNLIKE
        elif rules:
            assert score == -NEVER
        else:
            total = sum(weight for _, _, weight in model.explain(a, b))
            assert score == pytest.approx(max(total, LEAST))
            assert model.score(a, b, 5.0) >= score - 1e-9
        seen.add(rules[0] if rules else "")
    assert seen >= {"", "veto: card differs", "veto: source is the same", "tier: card, phones equal, link"}


DERIVED = """
id = "id"
prior = 0.5
[attribute]
number = {}
stated = {}
inside = {}
born = { column = "stated", otherwise = "inside" }
[[comparison]]
on = ["born"]
derived = { of = "number", unless = "stated" }
level = [{ exact = true, m = 0.8, u = 0.1 }]
otherwise = { m = 0.2, u = 0.9 }
[[block]]
on = ["born"]
"""


def test_one_difference_counts_once():
    model = CompiledModel(MatchModel.model_validate(tomllib.loads(DERIVED)))

    def record(number, stated, inside):
        return model.values({"number": number, "stated": stated, "inside": inside})

    said, other = record("1", "1980", "1980"), record("2", "1990", "1990")
    made = record("2", "", "1990")
    assert model.score(said, other) < 0
    assert model.score(said, made) == 0
    assert model.score(said, record("", "1990", "")) < 0
    assert model.score(other, made) > 0
