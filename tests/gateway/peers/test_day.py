"""The demonstration's day: who comes, under which name, and whom nobody else touches meanwhile."""

import pytest

from gateway.peers.day import COUNTER, FIRST_NUMBER, NO_DOCUMENT, SAME_DOCUMENT, Plan, plan
from gateway.peers.population import Population, make_population

SYSTEMS = ("card", "core", "ebank", "loan", "teller", "wealth")


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(120, 1, SYSTEMS)


@pytest.fixture(scope="module")
def planned(population: Population) -> Plan:
    return plan(population, 1)


def test_the_same_population_has_the_same_day(population: Population, planned: Plan) -> None:
    assert plan(population, 1) == planned
    assert plan(population, 2) != planned


def test_some_come_with_their_document_under_another_name(population: Population, planned: Plan) -> None:
    steps = planned.steps["core"]
    assert len(steps) == SAME_DOCUMENT
    for step in steps:
        facts = population.customers[step.true_id].facts
        assert step.changes["document:resident_id"] == facts["document:resident_id"]
        assert step.changes["name"] != facts["name"]


def test_some_come_without_a_document_and_with_another_mobile(population: Population, planned: Plan) -> None:
    steps = planned.steps["ebank"]
    assert len(steps) == NO_DOCUMENT
    for step in steps:
        facts = population.customers[step.true_id].facts
        assert step.changes["name"] == facts["name"]
        assert step.changes["phone:mobile"] != facts["phone:mobile"]
        assert not any(name.startswith("document") for name in step.changes)


def test_their_numbers_are_nobody_elses(population: Population, planned: Plan) -> None:
    numbers = [step.customer_no for steps in planned.steps.values() for step in steps]
    assert len(set(numbers)) == len(numbers)
    assert all(str(FIRST_NUMBER)[:3] in number for number in numbers)
    assert not set(numbers) & {number for _, number in population.truth}


def test_messages_set_aside_are_of_customers_known_elsewhere(population: Population, planned: Plan) -> None:
    known = {one.number for one in planned.known}
    elsewhere = {number for (system, _), number in population.truth.items() if system != COUNTER}
    assert known
    assert known <= elsewhere
    assert known <= planned.concerned
