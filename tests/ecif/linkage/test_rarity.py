"""How common a value is among strangers: counted, or foretold by its parts."""

from math import log2

import pytest

from ecif.linkage.rarity import LEAST, ONE, PAIR, Rarities

M = 0.9
PARTS = "abcdefghij"
SEEN = {
    f"family{family} {given} {PARTS[(family + at) % 10]}": 3
    for family in range(10)
    for at, given in enumerate(PARTS)
}
"""Every family has every first given name, and each of those every second one, but seldom both."""


def rarities(**more):
    return Rarities(SEEN | {name.replace("_", " "): count for name, count in more.items()}, M)


def test_who_is_compared_is_no_stranger():
    found = rarities(cher=20)
    assert found.strangers("cher", PAIR) == 18 + ONE
    assert found.strangers("cher", 20) == ONE


def test_common_parts_that_seldom_meet_weigh_more_than_a_word_that_has_none():
    found = rarities(cher=2, family0_a_j=2)
    assert found.expected("cher") == ONE
    assert LEAST < found.expected("family0 a j") < ONE
    assert found["family0 a j"] > found["cher"]


def test_no_chain_of_words_is_proof():
    found = rarities()
    assert found.expected("family0 z z z") == LEAST
    assert found["family0 z z z"] == found.most == pytest.approx(log2(M * sum(SEEN.values()) / LEAST))


def test_few_values_tell_nothing():
    assert not Rarities({"a": 99}, M).known
    assert Rarities({"a": 100}, M).known
