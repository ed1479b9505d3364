"""Entries of two parts: what a blank half leaves in force, what a push must mark."""

import pytest

from ecif.entries import complete, golden_place, marked, meant
from ecif.model import UNKNOWN, Attribute, Own, Pushed, Shown

NOW = 1000
SHOWN = Attribute(may=(Shown(("E1", "20300101")),))
SLOT = Attribute(may=(Shown(("passport", "E1", "20300101")),))


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (("E1", None), ("E1", "20300101")),  # same number: the expiry stays
        (("E2", None), ("E2", None)),  # another number: none
        (("E1", "*"), ("E1", None)),
        ((None, "20400101"), ("E1", "20400101")),
        ((None, "*"), ("E1", None)),
        ((None, None), None),
        (("E1", "20400101"), ("E1", "20400101")),
    ],
)
def test_an_entry_is_completed_from_what_was_shown(said, means):
    assert complete(said, SHOWN, NOW) == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (("passport", "E1", None), ("passport", "E1", "20300101")),
        (("other", "E1", None), ("other", "E1", None)),
        (("passport", None, "20400101"), ("passport", "E1", "20400101")),
        (("other", None, "20400101"), None),  # nothing to complete it with
    ],
)
def test_a_slot_is_completed_only_under_the_same_key(said, means):
    assert complete(said, SLOT, NOW) == means


def test_an_expiry_without_any_number_says_nothing():
    assert complete((None, "20300101"), Attribute(), NOW) is None


def test_a_confirmed_push_counts_as_held_and_an_open_one_does_not():
    shown, push = Shown(("E1", "20300101")), Pushed(("E1", "20350101"), 0, "p", 10)
    assert complete(("E1", None), Attribute(may=(shown, push)), NOW) == ("E1", "20300101")
    confirmed = Pushed(("E1", "20350101"), 0, "p", 10, 20)
    assert complete(("E1", None), Attribute(may=(shown, confirmed)), NOW) == ("E1", "20350101")


def test_a_push_that_left_after_the_image_was_written_completes_nothing():
    shown = Shown(("E1", "20300101"))
    later = Pushed(("E1", "20350101"), 0, "p", NOW + 1, NOW + 2)
    assert complete(("E1", None), Attribute(may=(shown, later)), NOW) == ("E1", "20300101")


def test_the_own_contribution_is_the_last_resort():
    own = Attribute(Own(("E1", "20300101"), 1, 1, -1), may=(Shown(None),))
    assert complete(("E1", None), own, NOW) == ("E1", "20300101")


@pytest.mark.parametrize(
    ("held", "pushed"),
    [
        (("E1", "20300101"), ("E1", "*")),
        (("E1", None), ("E1", None)),
        (("E2", "20300101"), ("E1", None)),  # another number: the blank says it
        (UNKNOWN, ("E1", "*")),
        (None, ("E1", None)),
    ],
)
def test_a_push_marks_a_second_part_that_would_stay(held, pushed):
    assert marked(("E1", None), Attribute(held=held)) == pushed


def test_marks_are_not_values():
    assert meant(("E1", "*")) == ("E1", None)
    assert meant("text") == "text"
    assert meant(None) is None


def test_a_slot_competes_under_its_key():
    assert golden_place("document", ("passport", "E1", None)) == ("document:passport", ("E1", None))
    assert golden_place("phone:mobile", "1") == ("phone:mobile", "1")
