"""An ordinary day after the proof: what `ecif demo --serve` leaves for people to look at and to decide.

The systems send on over their sockets: people under a name that is not the one on file, people without a
document. So questions arise as they do in a bank. A steward answers some, corrects a value and decides
another; a counter's message lies set aside, as after a fault of the hub. Names and numbers are invented.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ecif.corrections import correction
from ecif.decisions import Outcome
from ecif.messages import Amendment
from ecif.service import Service
from ecif.stewardship import NotPossible
from gateway.bootstrap import load_codec_of, load_dialects
from gateway.composition import Composer
from gateway.config.schema import Conf
from gateway.frames import take_apart
from gateway.peers.population import Changes, Population, Step
from gateway.peers.profiles import profile_of
from gateway.peers.truth import Customer

STEWARD: Final = "zhou.min"
COUNTER: Final = "teller"
FIRST_NUMBER: Final = 9_000_000
"""Customer numbers of the day: above all that the population was given."""
SAME_DOCUMENT: Final = 4
NO_DOCUMENT: Final = 5
ASIDE: Final = 3
_LIKENESS: Final = ("kind", "name", "born", "gender", "nationality")
_MOVED: Final = ("广东省深圳市南山区样例路9号", "518000")


@dataclass(frozen=True)
class Plan:
    steps: Mapping[str, Sequence[Step]]
    """System → what its clerks enter."""
    known: Sequence[Customer]
    """Customers of whom a message lies set aside."""
    concerned: frozenset[int]
    """All that are chosen for the day: nobody else should change them while they are looked at."""


def plan(population: Population, seed: int) -> Plan:
    """The same population has the same day."""
    rng = random.Random(f"day/{seed}")
    elsewhere = {true_id for (system, _), true_id in population.truth.items() if system != COUNTER}
    people = [
        one for one in population.customers if "document:resident_id" in one.facts and one.number in elsewhere
    ]
    chosen = rng.sample(people, min(len(people), SAME_DOCUMENT + NO_DOCUMENT + ASIDE))
    renamed, bare = chosen[:SAME_DOCUMENT], chosen[SAME_DOCUMENT : SAME_DOCUMENT + NO_DOCUMENT]
    return Plan(
        {
            "core": [_entered("core", n, one, _renamed(one)) for n, one in enumerate(renamed)],
            "ebank": [_entered("ebank", n, one, _bare(one)) for n, one in enumerate(bare)],
        },
        chosen[SAME_DOCUMENT + NO_DOCUMENT :],
        frozenset([one.number for one in chosen]),
    )


def _entered(system: str, n: int, customer: Customer, facts: Changes) -> Step:
    return Step("image", profile_of(system).number.format(FIRST_NUMBER + n), customer.number, facts)


def _renamed(customer: Customer) -> Changes:
    """Same document, another name: a marriage, or a slip at the counter."""
    name = str(customer.facts["name"])
    return {**customer.facts, "name": ("欧阳" if name[0] != "欧" else "王") + name[-1]}


def _bare(customer: Customer) -> Changes:
    """No document, another mobile, moved: alike enough to ask, not enough to be sure."""
    facts: Changes = {name: value for name, value in customer.facts.items() if name in _LIKENESS}
    return {**facts, "phone:mobile": f"199{customer.number:08d}", "address:home": _MOVED}


# ---------------------------------------------------------------- what staff do


def work(service: Service) -> None:
    """A steward's morning: one question answered yes, one no, and a value corrected."""
    questions = [one for one in service.reviews(limit=50).reviews if one.other]
    for one, (answer, reason) in zip(questions, _answers(service), strict=False):
        with suppress(NotPossible):  # what the rules forbid stays open
            answer(one.id, actor=STEWARD, reason=reason, now=now())
    if questions:
        _correct(service, questions[0].ecif_no)


def _answers(service: Service) -> Iterator[tuple[Callable[..., Outcome], str]]:
    yield service.link, "customer called: the name changed by marriage"
    yield service.separate, "document lent to a relative, seen at the branch"


def _correct(service: Service, ecif_no: str) -> None:
    said = correction(
        ecif_no, {"employer": "样例（上海）进出口有限公司"}, actor=STEWARD,
        reason="employer's letter shown at the branch", id="demo-correction", now=now(),
    )  # fmt: skip
    service.correct(said, now())


# ---------------------------------------------------------------- what lies set aside


def set_aside(conf: Conf, service: Service, known: Mapping[str, Customer]) -> None:
    """Messages of the counter that came while the hub could not take them: whole, and to be taken again.

    `known`: ECIF number → customer.
    """
    system = conf.systems.get(COUNTER)
    if system is None:
        return
    codec, dialect = load_codec_of(conf, COUNTER), load_dialects(conf)[COUNTER]
    composer = Composer(system, codec)
    for n, (ecif_no, customer) in enumerate(known.items()):
        entry = {
            "operator": "T0417", "number": ecif_no, "kind": "person", "name": customer.facts["name"],
            "email": f"counter{n}@example.com",
        }  # fmt: skip
        (taken,) = take_apart(composer.frame("change", entry), system.framing, codec)
        command = dialect.read(taken.body, now())
        assert isinstance(command, Amendment)
        service.set_aside(command, "OperationalError in the store: disk I/O error", now())


def now() -> int:
    return int(time.time() * 1_000_000)
