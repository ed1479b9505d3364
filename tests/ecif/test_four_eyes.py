"""Which decisions conf keeps for two people."""

import pytest
from pydantic import ValidationError

from ecif.decisions import KINDS, Merge, Pin, Unpin, decision_of, kind_of, text_of
from ecif.four_eyes import FourEyesConf, Kind, asked_for
from ecif.model import Golden, Survivor

SEEN = Golden(values={"verified:passport": Survivor("E1", 1, "teller", "1", "only")})
PLAIN = Golden(values={})
RULES = [
    FourEyesConf(decision="merge", when="verified"),
    FourEyesConf(decision="pin", attributes=("document", "name")),
]


@pytest.mark.parametrize(
    ("decision", "parties", "rule"),
    [
        (Merge("1", "2"), [PLAIN, SEEN], "merge (verified)"),
        (Merge("1", "2"), [PLAIN, PLAIN], ""),
        (Pin("1", "document:passport", ("E1", None)), [PLAIN], "pin (document, name)"),
        (Pin("1", "name", "x"), [PLAIN], "pin (document, name)"),
        (Pin("1", "risk", "R1"), [SEEN], ""),
        (Unpin("1", "name"), [SEEN], ""),
    ],
)
def test_the_first_rule_that_fits_asks(decision, parties, rule):
    assert asked_for(RULES, decision, parties) == rule


@pytest.mark.parametrize(
    ("conf", "text"),
    [
        ({"decision": "erase"}, "Input should be"),
        ({"decision": "pin", "attributes": ["nmae"]}, "no attribute or family: nmae"),
        ({"decision": "merge", "attributes": ["name"]}, "attributes are for pin and unpin"),
        ({"decision": "merge", "who": "zhao"}, "Extra inputs"),
    ],
)
def test_conf_is_checked(conf, text):
    with pytest.raises(ValidationError, match=text):
        FourEyesConf.model_validate(conf)


def test_every_kind_of_decision_can_be_named():
    assert Kind.__args__ == KINDS


def test_decisions_are_kept_as_text():
    for decision in (Merge("1", "2"), Pin("1", "document:passport", ("E1", None)), Unpin("1", "name")):
        assert decision_of(text_of(decision)) == decision
        assert f'"kind":"{kind_of(decision)}"' in text_of(decision)
