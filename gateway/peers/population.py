"""What each system knows of the bank's customers, and what its clerks will do: all from one seed.

Each system that serves a customer keeps a record of its own and knows it its own way: another phone or
address now and then, no document here, a mistyped one there. What happens to a record is a list of `Step`s.
Every step names the true customer, so that afterwards it can be counted who was rightly and who was wrongly
put together.

Fair to a hub that matches by rules alone: records that carry a valid document carry the same one. Everything
else is as unkind as life (see `truth`).

Values are standard terms, as in `ecif.model`; a system's own fields are made of them by `forms`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from ecif.model import Value
from gateway.peers.documents import mistyped
from gateway.peers.profiles import profile_of
from gateway.peers.truth import Customer, Knowledge, Registry

Changes: TypeAlias = dict[str, Value | None]
Record: TypeAlias = tuple[str, str]
"""(system, customer number)"""
StepKind: TypeAlias = Literal["image", "resend", "stale", "broken", "renumber", "identify", "query", "verify"]

FAULTS = (
    "bad_code",
    "blank",
    "cleared",
    "bad_text",
    "other_kind",
    "no_seq",
    "reused_id",
    "cut",
    "bad_type",
)
"""How a message can be broken; what is answered to each, and where it cannot be done, `breakage` knows."""
OPTIONAL = ("email", "marital", "education", "employer", "annual_income", "risk", "industry", "rating")
PLACEHOLDER = "13800000000"


@dataclass(frozen=True)
class Step:
    """Something a system does about one of its customers. Steps of one customer number are taken in order."""

    kind: StepKind
    customer_no: str
    true_id: int
    changes: Changes = field(default_factory=dict)
    """image: what the clerk edits before the full image is sent; None clears."""
    accounts: int = 0
    """image: how many holdings are opened."""
    related: str = ""
    """image: name of a guarantor."""
    fault: str = ""
    """broken: one of FAULTS."""
    other_no: str = ""
    """renumber: the new customer number."""


@dataclass(frozen=True)
class Population:
    customers: Sequence[Customer]
    scripts: Mapping[str, Sequence[Step]]
    """System → its steps."""
    truth: Mapping[Record, int]
    """Record → true customer; a renumbered one under its last number."""
    documented: frozenset[Record]
    """Records that carry a valid document."""


def make_population(customers: int, seed: int, systems: Sequence[str]) -> Population:
    """The same arguments give the same population, to the last character."""
    rng = Random(f"{seed}/{customers}/{','.join(systems)}")
    registry = Registry(rng)
    everybody = registry.customers(customers)
    truth: dict[Record, int] = {}
    documented: set[Record] = set()
    scripts = {}
    served = {customer.number: _serving(rng, systems) for customer in everybody}
    for system in systems:
        mine = [customer for customer in everybody if system in served[customer.number]]
        office = _Office(rng, registry, system, everybody)
        scripts[system] = office.script(mine)
        truth.update(office.truth)
        documented |= office.documented
    return Population(everybody, scripts, truth, frozenset(documented))


def _serving(rng: Random, systems: Sequence[str]) -> list[str]:
    """Who knows a customer: somebody always does."""
    chosen = [system for system in systems if rng.random() < profile_of(system).serves]
    return chosen or [rng.choice(list(systems))]


class _Office:
    """One system's clerks."""

    def __init__(self, rng: Random, registry: Registry, system: str, everybody: Sequence[Customer]) -> None:
        self._rng, self._registry, self._system, self._everybody = rng, registry, system, everybody
        self._profile = profile_of(system)
        self.truth: dict[Record, int] = {}
        self.documented: set[Record] = set()
        self._count = rng.randrange(10**6)

    def script(self, customers: Sequence[Customer]) -> list[Step]:
        """First everybody is entered, in any order; then life goes on. Each record's own order is kept."""
        first: list[Step] = []
        then: list[list[Step]] = []
        for customer in self._rng.sample(customers, len(customers)):
            entered, *rest = self._life(customer)
            first.append(entered)
            then.append(rest)
        broken = self._some_broken(
            [rest for rest in then if not any(step.kind == "renumber" for step in rest)], first
        )
        return first + self._interleaved([*then, *broken])

    def _interleaved(self, lives: Sequence[list[Step]]) -> list[Step]:
        turns = [life for life in lives for _ in life]
        self._rng.shuffle(turns)
        left = {id(life): iter(life) for life in lives}
        return [next(left[id(life)]) for life in turns]

    def _life(self, customer: Customer) -> list[Step]:
        rng, profile = self._rng, self._profile
        number = self._new_number()
        known = self._learned(customer)
        accounts = rng.randint(0, profile.accounts)
        related = "王芳" if customer.kind == "person" and rng.random() < profile.relations else ""
        steps = [Step("image", number, customer.number, dict(known), accounts, related)]
        for _ in range(rng.choices((0, 1, 2, 3), weights=(55, 27, 12, 6))[0]):
            steps += self._change(steps[0], known)
        steps += [Step("stale", number, customer.number)] if rng.random() < 0.02 and len(steps) > 1 else []
        steps += [Step("identify", number, customer.number)] if rng.random() < 0.02 else []
        steps += [Step("query", number, customer.number)] if rng.random() < 0.02 else []
        steps += [Step("verify", number, customer.number)] if rng.random() < profile.verifies else []
        last = number
        if rng.random() < profile.renumbers:
            last = self._new_number()
            steps.append(Step("renumber", number, customer.number, other_no=last))
        self._remember(customer, last, known)
        return steps

    def _remember(self, customer: Customer, number: str, known: Knowledge) -> None:
        self.truth[self._system, number] = customer.number
        if any(known.get(key) == value for key, value in _documents(customer)):
            self.documented.add((self._system, number))

    def _new_number(self) -> str:
        self._count += self._rng.randrange(1, 9)
        return self._profile.number.format(self._count)

    def _learned(self, customer: Customer) -> Knowledge:
        """What the customer told this system: most of the truth."""
        rng = self._rng
        known = {
            key: value for key, value in customer.facts.items() if key not in OPTIONAL or rng.random() < 0.8
        }
        if rng.random() < 0.12:
            known["phone:mobile"] = self._registry.mobile() if rng.random() < 0.95 else PLACEHOLDER
        if rng.random() < 0.1:
            known["phone:home"] = f"021-{rng.randrange(5 * 10**7, 6 * 10**7)}"
        self._place(known)
        self._paper(known, customer)
        if rng.random() < 0.6:
            known |= {"branch": f"{rng.randrange(1, 60):06d}", "manager": f"M{rng.randrange(1, 999):07d}"}
        return known

    def _place(self, known: Knowledge) -> None:
        rng, profile = self._rng, self._profile
        if "address:home" not in known:
            return
        home = known.pop("address:home")
        place = self._registry.moved() if rng.random() < 0.25 else home
        known[f"address:{rng.choice(profile.address_uses)}"] = place
        if rng.random() < profile.second_address:
            known["address:mailing"] = self._registry.moved()

    def _paper(self, known: Knowledge, customer: Customer) -> None:
        """Now and then the document is left out, mistyped, or somebody else's."""
        profile, draw = self._profile, self._rng.random()
        for key, value in _documents(customer):
            if draw < profile.undocumented and customer.kind == "person":
                del known[key]
            elif draw > 1 - profile.mistyped and key == "document:resident_id":
                known[key] = (mistyped(str(value[0])), value[1])
            elif 0.5 < draw < 0.5 + profile.borrowed and customer.kind == "person":
                known[key] = self._rng.choice(self._everybody).facts.get(key, value)

    def _change(self, entered: Step, known: Knowledge) -> list[Step]:
        """One edit, now and then sent twice; `back` is an edit and its return."""
        rng = self._rng
        what = rng.choice(self._profile.changes)
        if what == "account":
            return [Step("image", entered.customer_no, entered.true_id, accounts=1)]
        edits = [self._edit(what, known)]
        if what == "back":
            edits.append({key: known.get(key) for key in edits[0]})
        else:
            known.update({key: value for key, value in edits[0].items() if value is not None})
        steps = [Step("image", entered.customer_no, entered.true_id, edit) for edit in edits]
        if rng.random() < 0.06:
            steps.append(Step("resend", entered.customer_no, entered.true_id))
        return steps

    def _edit(self, what: str, known: Knowledge) -> Changes:
        rng = self._rng
        address = next((key for key in known if key.startswith("address:")), "address:home")
        papers = [(key, value) for key, value in known.items() if key.startswith("document:")]
        match what:
            case "move":
                return {address: self._registry.moved()}
            case "mobile" | "back":
                return {"phone:mobile": self._registry.mobile()}
            case "email":
                return {"email": f"n{rng.randrange(10**7):07d}@example.com"}
            case "income":
                return {"annual_income": f"{rng.randrange(30, 900) * 1000}.00"}
            case "employer":
                return {"employer": rng.choice(("演示（北京）科技有限公司", "虚构物流有限公司", "样例学校"))}
            case "risk":
                return {"risk": f"R{rng.randrange(1, 6)}"}
            case "expiry" if papers:
                return {papers[0][0]: (papers[0][1][0], "20451231")}
            case _:
                return {rng.choice(("email", "phone:mobile", "employer", "risk")): None}

    def _some_broken(self, lives: list[list[Step]], entered: Sequence[Step]) -> list[list[Step]]:
        """Each fault at least once in a system, and one in about two hundred messages."""
        if not entered:
            return []  # a small bank: this system knows nobody
        rng = self._rng
        count = max(len(FAULTS), len(entered) // 100)
        movable = {life[0].customer_no for life in lives if life}
        fit = [step for step in entered if step.customer_no in movable] or list(entered)
        return [
            [Step("broken", whom.customer_no, whom.true_id, fault=FAULTS[turn % len(FAULTS)])]
            for turn, whom in enumerate(rng.choice(fit) for _ in range(count))
        ]


def _documents(customer: Customer) -> list[tuple[str, Value]]:
    return [(key, value) for key, value in customer.facts.items() if key.startswith("document:")]
