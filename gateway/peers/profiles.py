"""What kind of system each one is as a keeper of customers: whom it serves, what it asks, how it errs.

Data of the invented bank, not of the wire: a system without a profile of its own gets the plain one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    number: str = "{:08d}"
    """How its customer numbers look."""
    serves: float = 0.5
    """Share of the bank's customers it knows."""
    undocumented: float = 0.02
    mistyped: float = 0.01
    borrowed: float = 0.003
    """Shares of its records without a document, with a wrong check digit, with somebody else's."""
    address_uses: tuple[str, ...] = ("home",)
    """For a person it asks one of these addresses."""
    second_address: float = 0.0
    changes: tuple[str, ...] = ("move", "mobile", "mobile", "email", "clear", "back", "expiry")
    accounts: int = 0
    """The most holdings a new record begins with."""
    relations: float = 0.0
    renumbers: float = 0.0
    verifies: float = 0.0
    """How often its clerks see the original of a document."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """What its clerks write on every message that has the field."""
    echoes: float = 0.0
    """How often it sends its full image after it applied a push."""


PROFILES = {
    "core": Profile(
        number="{:012d}",
        serves=0.75,
        undocumented=0.01,
        changes=("move", "mobile", "mobile", "risk", "clear", "back", "expiry", "account"),
        accounts=2,
        renumbers=0.01,
        echoes=0.2,
    ),
    "loan": Profile(
        number="{:010d}",
        serves=0.35,
        address_uses=("home", "home", "work", "mailing"),
        changes=("move", "mobile", "email", "income", "employer", "clear", "back", "account"),
        accounts=1,
        relations=0.2,
    ),
    "ebank": Profile(
        number="EB{:08d}",
        serves=0.55,
        undocumented=0.08,
        mistyped=0.02,
        second_address=0.2,
        changes=("move", "mobile", "mobile", "email", "employer", "risk", "clear", "back"),
    ),
    "card": Profile(
        number="K{:08d}",
        serves=0.3,
        undocumented=0.03,
        changes=("move", "mobile", "mobile", "email", "clear", "back", "account"),
        accounts=3,
        echoes=0.1,
    ),
    "wealth": Profile(
        number="W{:08d}",
        serves=0.2,
        mistyped=0.005,
        changes=("mobile", "email", "risk", "clear", "back", "expiry", "account"),
        accounts=2,
        echoes=0.1,
    ),
    "teller": Profile(  # opens nobody without a sound document
        number="T{:08d}",
        serves=0.25,
        undocumented=0.0,
        mistyped=0.0,
        borrowed=0.0,
        changes=("move", "mobile", "email", "employer", "income", "clear", "back"),
        verifies=0.4,
        stamps={"operator": "T0192", "branch": "230102"},
    ),
}


def profile_of(system: str) -> Profile:
    return PROFILES.get(system, Profile())
