"""Made-up people with typing errors: enough to train on, and the truth is known."""

import random
from itertools import combinations

MODEL = """
id = "id"

[attribute]
given = { normalise = ["lower"] }
family = { normalise = ["lower"] }
born = { normalise = ["date"] }
town = { normalise = ["lower"] }
number = { normalise = ["digits"], placeholders = ["000000"] }

[[comparison]]
on = ["given"]
level = [{ exact = true, term_frequency = true }, { swapped = "family" }, { jaro_winkler = 0.85 }]

[[comparison]]
on = ["family"]
level = [{ exact = true }, { swapped = "given" }, { jaro_winkler = 0.85 }]

[[comparison]]
on = ["born"]
level = [{ exact = true }, { edit = 1 }, { year = true }]

[[comparison]]
on = ["town"]
level = [{ exact = true }]

[[comparison]]
on = ["number"]
level = [{ exact = true }, { edit = 1 }]

[[block]]
on = ["number"]

[[block]]
on = ["given", "family"]

[[block]]
on = ["born", "town"]
"""

GIVEN = [
    "anna", "boris", "clara", "daniel", "emma", "felix", "greta", "hugo",
    "ida", "jonas", "klara", "leo", "mara", "nils", "olga", "paul",
]  # fmt: skip
FAMILY = [
    first + last
    for first in ("ber", "hof", "lin", "mau", "stein", "wal")
    for last in ("ger", "mann", "ner", "sson", "ton")
]
TOWNS = ["ulm", "trier", "jena", "emden", "celle"]


def people(count: int, seed: int = 1) -> tuple[list[dict[str, str]], set[frozenset[str]]]:
    """Two records a person, the second one with errors; and the true pairs."""
    chance = random.Random(seed)
    rows, truth = [], set()
    for person in range(count):
        row = {
            "id": f"p{person}-a", "given": chance.choice(GIVEN), "family": chance.choice(FAMILY),
            "born": f"{chance.randint(1940, 2005)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}",
            "town": chance.choice(TOWNS), "number": f"{chance.randrange(10**6):06d}",
        }  # fmt: skip
        rows += [row, _again(row, person, chance)]
        truth.add(frozenset((f"p{person}-a", f"p{person}-b")))
    chance.shuffle(rows)
    return rows, truth


def _again(row: dict[str, str], person: int, chance: random.Random) -> dict[str, str]:
    other = {**row, "id": f"p{person}-b"}
    field = chance.choice(["given", "family", "born", "number", ""])
    if field:
        at = chance.randrange(len(row[field]) - 1)
        text = row[field]
        other[field] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if chance.random() < 0.1:
        other["town"] = ""
    return other


def pairs(parties: list[list[str]]) -> set[frozenset[str]]:
    return {frozenset(pair) for party in parties for pair in combinations(party, 2)}
