"""Shuffled orders of arrival of one population end in nearly the same parties; where those are the same, so
are their golden records.

A dozen customers, each in several systems, with other mobiles, lost characters, homophones, missing documents
and namesakes. Long form (more orders, more customers): ECIF_SOAK.
"""

from itertools import combinations

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from bench.population import person, resident_id
from tests.ecif.bank import Bank
from tests.ecif.test_scoring import MATCHING
from tests.soak import SOAK

CUSTOMERS, ORDERS = (60, 200) if SOAK else (10, 5)
AGREE = 0.995


def messages(bank):
    """Of each customer what three systems say, and a namesake born on the same day."""
    for number in range(CUSTOMERS):
        name, _, born = person(number)
        home = (f"北京市东城区试验路{number}号绿城公寓{number % 7}栋{number * 7}室", None)
        document = {"document": ("resident_id", resident_id(number), None)}
        mail = {"email": f"c{number}@example.com"}
        yield bank.person("core", f"{number}", name=name, born=born, address__home=home, **mail, **document)
        yield bank.person("ebank", f"{number}", name=name, born=born, address__home=home, **mail,
                          phone__mobile=f"1390000{number:04}")  # fmt: skip
        lost = f"{name[0]}〓{name[2:]}" if number % 2 else name
        phone = f"1390000{number:04}"
        yield bank.person("loan", f"{number}", name=lost, born=born, phone__mobile=phone, **mail)
        if number % 5 == 0:
            away = (f"云南省昆明市五华区样例街{number}号", None)
            yield bank.person("loan", f"n{number}", name=name, born=born, address__home=away)


def outcome(bank):
    """Record → its party's records; those → their golden record."""
    parties, golden = {}, {}
    for system, number in bank.rows("select system, customer_no from source_record"):
        seen = bank.look(system, number)
        members = frozenset(seen.keys)
        parties[system, number] = members
        golden[members] = {name: (one.value, one.since) for name, one in seen.head.golden.values.items()}
    return parties, golden


def pairs(parties):
    return {pair for members in parties.values() for pair in combinations(sorted(members), 2)}


def arrive(folder, order=None):
    bank = Bank(folder, matching=MATCHING)
    told = list(messages(bank))
    for message in told if order is None else [told[at] for at in order]:
        bank.one(message)
    found = outcome(bank)
    assert bank.problems() == []
    bank.store.close()
    return found, len(told)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return arrive(tmp_path_factory.mktemp("usual"))


def test_the_population_is_resolved(usual):
    (parties, _), _ = usual
    for number in range(CUSTOMERS):
        assert {("core", f"{number}"), ("ebank", f"{number}")} <= parties["core", f"{number}"]
        assert ("loan", f"n{number}") not in parties["core", f"{number}"]


def test_any_order_ends_nearly_the_same(usual, tmp_path_factory):
    (parties, golden), count = usual

    @settings(
        max_examples=ORDERS, deadline=None, derandomize=not SOAK, suppress_health_check=list(HealthCheck)
    )
    @given(st.permutations(range(count)))
    def shuffled(order):
        (others, other_golden), _ = arrive(tmp_path_factory.mktemp("shuffled"), order)
        one, other = pairs(parties), pairs(others)
        assert len(one & other) >= AGREE * len(one | other)
        for members in golden.keys() & other_golden.keys():
            assert golden[members] == other_golden[members]

    shuffled()
