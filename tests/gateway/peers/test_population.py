"""The same seed gives the same bank, and every kind of trouble that the demonstration promises is in it."""

from collections import Counter, defaultdict

import pytest

from ecif.identity import sound, valid_document
from gateway.peers.population import FAULTS, Population, make_population

SYSTEMS = ["core", "ebank", "loan"]


@pytest.fixture(scope="module")
def bank() -> Population:
    return make_population(1500, 7, SYSTEMS)


def test_the_same_seed_gives_the_same_bank() -> None:
    assert make_population(80, 3, SYSTEMS) == make_population(80, 3, SYSTEMS)
    assert make_population(80, 3, SYSTEMS) != make_population(80, 4, SYSTEMS)


def test_as_many_customers_as_asked(bank: Population) -> None:
    assert len(bank.customers) == 1500
    assert set(bank.truth.values()) == set(range(1500))


def test_every_true_document_is_valid_and_belongs_to_one(bank: Population) -> None:
    papers = [
        (key.removeprefix("document:"), str(value[0]))
        for customer in bank.customers
        for key, value in customer.facts.items()
        if key.startswith("document:")
    ]
    assert all(valid_document(kind, number) for kind, number in papers)
    assert len({number for _, number in papers}) == len(papers)


def test_customers_are_known_to_one_two_and_three_systems(bank: Population) -> None:
    systems = defaultdict(set)
    for (system, _), customer in bank.truth.items():
        systems[customer].add(system)
    shares = Counter(len(known) for known in systems.values())
    assert set(shares) == {1, 2, 3}
    assert min(shares.values()) > 150


def test_twins_and_namesakes(bank: Population) -> None:
    people = [customer.facts for customer in bank.customers if customer.kind == "person"]
    twins = Counter((str(facts["name"])[0], facts["born"], facts["address:home"]) for facts in people)
    namesakes = Counter((facts["name"], facts["born"]) for facts in people)
    assert sum(count == 2 for count in twins.values()) > 5
    assert sum(count == 2 for count in namesakes.values()) > 5


def test_names_of_all_kinds(bank: Population) -> None:
    names = [str(customer.facts["name"]) for customer in bank.customers]
    assert any("·" in name for name in names)
    assert any("喆" in name for name in names)
    assert any(name.isascii() for name in names)
    assert {2, 3, 4} <= {len(name) for name in names}


def test_every_record_begins_with_an_image_and_keeps_its_order(bank: Population) -> None:
    for steps in bank.scripts.values():
        entered: set[str] = set()
        gone: set[str] = set()
        for step in steps:
            if step.customer_no not in entered:
                assert step.kind == "image"
                assert step.changes["name"]
            assert step.customer_no not in gone
            entered.add(step.customer_no)
            if step.kind == "renumber":
                gone.add(step.customer_no)


def test_every_system_breaks_messages_in_every_way(bank: Population) -> None:
    for steps in bank.scripts.values():
        assert {step.fault for step in steps if step.kind == "broken"} == set(FAULTS)


def test_records_that_count_as_documented_carry_the_true_document(bank: Population) -> None:
    first = {}
    for system, steps in bank.scripts.items():
        for step in steps:
            first.setdefault((system, step.customer_no), step)
    renumbered = {
        (system, step.other_no): (system, step.customer_no)
        for system, steps in bank.scripts.items()
        for step in steps
        if step.kind == "renumber"
    }
    for record in bank.documented:
        step = first[renumbered.get(record, record)]
        facts = bank.customers[step.true_id].facts
        papers = {key: value for key, value in step.changes.items() if key.startswith("document:")}
        assert any(facts.get(key) == value for key, value in papers.items())
    assert 0.85 < len(bank.documented) / len(bank.truth) < 1


def test_some_documents_are_mistyped_and_some_mobiles_are_placeholders(bank: Population) -> None:
    said = [
        (key, value)
        for steps in bank.scripts.values()
        for step in steps
        for key, value in step.changes.items()
        if value is not None and key in ("document:resident_id", "phone:mobile")
    ]
    unsound = Counter(key for key, value in said if not sound(key, value))
    assert unsound["document:resident_id"] > 3
    assert unsound["phone:mobile"] > 0
