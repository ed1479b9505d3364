"""Runs a hub beside the model: the same script, the same state after every step.

`TwinWorld` is the model's world with R3Numbered as its hub; whatever happens to the model's hub happens to
the hub under test too, and afterwards both must hold the same own, held, may, insist, standoff, seen,
flying, refused, ECIF number, due and golden. The truth and the peers follow the model, so a disagreement
shows at the step that made it, not when it hurts.

A hub is put under test by implementing `HubUnderTest` and passing its constructor as `Build`. Records are
named by system and number ("A1"), ECIF numbers by the party's name ("P1"); values are the model's strings,
None for none, UNKNOWN of the model for UNKNOWN; push ids are the hub's own. tests/syncmodel/pure.py does it
for the pure functions in memory.
"""

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from tests.syncmodel.model import ATTRS, CLEAR, A, B, C, Conf, D, Image, R3Numbered
from tests.syncmodel.sim import PARTIES, random_ops
from tests.syncmodel.world import World


# ----------------------------------------------------------------------------------- the seam
class Setup(NamedTuple):
    """What a hub under test is built from."""

    confs: Mapping[str, Conf]
    """Letter → system: projections (`proj`), carried attributes, what a positive reply means (`declared`)."""
    parties: Mapping[str, Sequence[str]]
    """ECIF number → its records at the start, before any message."""
    eps: int
    limit: int


class MayState(NamedTuple):
    value: str | None
    since: int
    push: str
    sent: int | None
    confirmed: int | None
    shown: int | None
    """None for never: each hub has its own infinity."""


class State(NamedTuple):
    """One record, in comparable terms. Attributes never spoken of are left out or as the model has them."""

    seq: int
    own: Mapping[str, tuple[str, int, int, int] | None]
    """(value, since, seq, lo)"""
    held: Mapping[str, str | None]
    may: Mapping[str, tuple[MayState, ...]]
    insist: Mapping[str, int]
    standoff: bool
    flying: str
    """Id of the push in flight or ""."""
    seen: Mapping[str, str | None]
    """What images showed since the push in flight was sent; empty without one."""
    refused: bool
    """What is wanted now was refused for good."""
    number_held: str


class Sent(NamedTuple):
    id: str
    values: Mapping[str, str | None]
    """None is the clear mark; blanks are absent."""
    since: Mapping[str, int]
    number: str


class HubUnderTest(Protocol):
    def on_image(self, image: Image, now: int) -> None:
        """Values: None is blank (says nothing), CLEAR the clear mark. Message ids are unique."""

    def on_reply(self, rec: str, push_id: str, now: int, *, positive: bool, repeated: bool) -> None:
        """`repeated`: more than one copy of that push had left."""

    def take_due(self, now: int) -> Mapping[str, Sent]:
        """Every record that is due now, pushed."""

    def pin(self, party: str, attribute: str, value: str | None, now: int) -> None:
        """On that ECIF number, and every standoff ends."""

    def merge(self, survivor: str, absorbed: str, now: int) -> None: ...

    def split(self, absorbed: str, now: int) -> None: ...

    def move(self, rec: str, party: str, now: int) -> None: ...

    def withdraw(self, rec: str, now: int) -> None: ...

    def restore(self, rec: str, now: int) -> None: ...

    def state(self, rec: str) -> State: ...

    def golden(self, party: str) -> Mapping[str, tuple[str, int]]:
        """Attribute → (value, since), of an ECIF number that is not merged into another."""


Build = Callable[[Setup], HubUnderTest]


# ----------------------------------------------------------------------------------- both at once
class Disagreement(AssertionError):
    """The hub under test and the model differ."""


class _Model(R3Numbered):
    """R3Numbered; golden is kept until the model says that something changed."""

    def touch(self):
        self._golden = {}
        super().touch()

    def golden(self, p, own=None):
        if own is not None:
            return super().golden(p, own)
        if p not in self._golden:
            self._golden[p] = super().golden(p)
        return self._golden[p]


class TwinWorld(World):
    def __init__(
        self,
        build: Build,
        confs: Sequence[Conf] = (A, B, C, D),
        *,
        parties: Mapping[str, Sequence[str]] = PARTIES,
        fifo: bool | None = True,
        eps: int = 0,
        reverts: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(_Model, confs, parties, fifo, {"skew_bound": eps, "_golden": {}})
        self.subject = build(Setup(self.confs, parties, eps, self.hub.limit))
        self.push_ids: dict[int, str] = {0: ""}
        self.touched = set(self.recs)
        for rec, values in (reverts or {}).items():
            self.recs[rec].reverts = dict(values)
        model_image, model_reply = self.hub.on_image, self.hub.on_reply

        def on_image(image, now):
            self.touched.add(image.rec)
            model_image(image, now)
            self.subject.on_image(image, now)

        def on_reply(reply, now):
            self.touched.add(reply.rec)
            repeated = reply.push.dup
            model_reply(reply, now)
            self.subject.on_reply(
                reply.rec, self.push_ids[reply.push.id], now, positive=reply.ok, repeated=repeated
            )

        self.hub.on_image, self.hub.on_reply = on_image, on_reply

    def pump(self):
        due = [r for r in self.recs if self.hub.due(r)]
        sent = self.subject.take_due(self.now)
        self._same("due", sorted(due), sorted(sent))
        for r in due:
            self.touched.add(r)
            push = self.hub.make_push(r, next(self.ids), self.now)
            self.push_ids[push.id] = sent[r].id
            said = {a: (None if v == CLEAR else v) for a, v in push.vals.items() if v is not None}
            self._same(f"push to {r}", said, dict(sent[r].values))
            self._same(f"since in push to {r}", {a: push.since[a] for a in said if said[a]},
                       {a: sent[r].since[a] for a in said if said[a]})  # fmt: skip
            self._same(f"number in push to {r}", push.number, sent[r].number)
            self.down.append(push)
            self.pushes[r].append((push, self.now))
        self.compare(self.touched)
        self.touched = set()

    def pin(self, p, a, v):
        super().pin(p, a, v)
        self.touched |= self.recs.keys()
        for r in self.recs:
            self.hub.release(r)
        self.subject.pin(p, a, v, self.now)

    def merge(self, p, q):
        survivor, absorbed = self.hub.head(p), self.hub.head(q)
        super().merge(p, q)
        self.touched |= self.recs.keys()
        if survivor != absorbed:
            self.subject.merge(survivor, absorbed, self.now)

    def split(self, q):
        merged = q in self.hub.into
        super().split(q)
        self.touched |= self.recs.keys()
        if merged:
            self.subject.split(q, self.now)

    def move(self, r, p):
        super().move(r, p)
        self.touched |= self.recs.keys()
        self.subject.move(r, p, self.now)

    def withdraw(self, r):
        self.touched |= self.recs.keys()
        if super().withdraw(r):
            self.subject.withdraw(r, self.now)

    def restore(self, r):
        self.touched |= self.recs.keys()
        if super().restore(r):
            self.subject.restore(r, self.now)

    def compare(self, recs):
        """The records that something happened to; due and golden of all."""
        for r in recs:
            expected, got = self.expected(r), self.subject.state(r)
            for name in State._fields:
                self._same(f"{name} of {r}", getattr(expected, name), getattr(got, name))
        for p in self.hub.heads():
            expected = {a: g for a, g in self.hub.golden(p).items() if g is not None}
            self._same(f"golden of {p}", expected, dict(self.subject.golden(p)))

    def expected(self, r) -> State:
        h, flying = self.hub, self.hub.flying[r]
        return State(
            seq=h.seq[r],
            own={a: (*o, h.own_seq[r][a], h.own_lo[r][a]) if (o := h.own[r][a]) else None for a in ATTRS},
            held=dict(h.held[r]),
            may={a: tuple(self._may(m) for m in h.may[r][a]) for a in ATTRS},
            insist=dict(h.insist[r]),
            standoff=h.standoff[r],
            flying=self.push_ids[flying.id] if flying else "",
            seen={a: v for a, v in h.shown[r].items() if flying},
            refused=h.is_refused(r),
            number_held=h.number_held[r] or "",
        )

    def _may(self, m) -> MayState:
        return MayState(
            m.value, m.since, self.push_ids[m.push], finite(m.sent), finite(m.confirmed), finite(m.shown)
        )

    def _same(self, what, expected, got):
        if expected != got:
            raise Disagreement(f"at {self.now}: {what}: model {expected!r}, hub {got!r}")


def finite(time: int) -> int | None:
    return time if abs(time) < 10**9 else None


# ----------------------------------------------------------------------------------- scripts
@dataclass(frozen=True)
class Variant:
    """One kind of world; scripts are drawn from all of them in turn."""

    name: str
    confs: Sequence[Conf] = (A, B, C, D)
    fifo: bool | None = True
    """True: one connection a system; None: images in order, replies at any time; False: any order."""
    eps: int = 0
    reverts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    honest: bool = True
    """Every system applies what it confirms: then all must converge."""
    answers: Sequence[str] = ()
    """How pushes end, instead of mostly well."""

    def world(self, build: Build) -> TwinWorld:
        return TwinWorld(build, self.confs, fifo=self.fifo, eps=self.eps, reverts=self.reverts)


def _each(confs: Iterable[Conf] = (A, B, C, D), **changes: object) -> tuple[Conf, ...]:
    return tuple(dataclasses.replace(conf, **changes) for conf in confs)


def _but(conf: Conf, **changes: object) -> tuple[Conf, ...]:
    return tuple(dataclasses.replace(c, **changes) if c.name == conf.name else c for c in (A, B, C, D))


VARIANTS = (
    Variant("one connection"),
    Variant("replies free", fifo=None),
    Variant("any order", fifo=False),
    Variant("silent", _each(echoes=False), fifo=None),
    Variant("believed when seen", _each(declared="seen")),
    Variant("B lies", _but(B, applies="none"), honest=False),
    Variant("B applies a only", _but(B, applies="a", declared="seen"), fifo=None, honest=False),
    Variant("B takes none", _but(B, declared="no"), fifo=None),
    Variant(
        "clocks off",
        tuple(dataclasses.replace(c, skew=s) for c, s in zip((A, B, C, D), (5, -3, 0, 2), strict=True)),
        fifo=None,
        eps=8,
    ),
    Variant("refusing", answers=("ok", "crash", "crash", "refuse", "refuse", "lost")),
    Variant("two put back", reverts={"A1": {"a": "p"}, "B1": {"a": "q"}}, honest=False),
)


def play(build: Build, variant: Variant, ops: Sequence[tuple]) -> TwinWorld:
    """A script, then quiet. Raises Disagreement; checks end, convergence and versions besides."""
    world = variant.world(build)
    for op in ops:
        world.step(op)
    if world.drain(600) is None:
        raise Disagreement("pushes do not end")
    world.compare(world.recs)
    for verdict in world.verdicts():
        if verdict[0][:2] in ("P2", "in") and variant.honest and variant.fifo is not False:
            raise Disagreement(f"{verdict}")
    return world


def script(variant: Variant, seed: int, longest: int = 40) -> list[tuple]:
    rng = random.Random(f"{variant.name} {seed}")
    recs = [r for members in PARTIES.values() for r in members]
    ops = random_ops(rng, recs, rng.randrange(3, longest))
    if not variant.answers:
        return ops
    return [(*op[:2], rng.choice(variant.answers)) if op[0] == "take_down" else op for op in ops]


def scripts(count: int, seed: int = 0) -> Iterator[tuple[Variant, list[tuple]]]:
    """`count` scripts, the variants in turn."""
    for i, variant in zip(range(seed, seed + count), itertools.cycle(VARIANTS), strict=False):
        yield variant, script(variant, i)


def shrink(build: Build, variant: Variant, ops: list[tuple]) -> tuple[list[tuple], str]:
    """The shortest script found that still disagrees, and how."""
    why = _disagreement(build, variant, ops)
    changed = True
    while changed:
        changed = False
        for i in reversed(range(len(ops))):
            shorter = ops[:i] + ops[i + 1 :]
            found = _disagreement(build, variant, shorter)
            if found:
                ops, why, changed = shorter, found, True
    return ops, why


def _disagreement(build: Build, variant: Variant, ops: Sequence[tuple]) -> str:
    try:
        play(build, variant, ops)
    except Disagreement as difference:
        return str(difference)
    return ""


def campaign(build: Build, count: int, seed: int = 0) -> int:
    """Runs `count` scripts; the first that disagrees is shrunk and raised. Returns how many were pushed."""
    pushes = 0
    for variant, ops in scripts(count, seed):
        try:
            pushes += play(build, variant, ops).hub.npush
        except Disagreement:
            shortest, why = shrink(build, variant, ops)
            raise Disagreement(f"{variant.name}: {why}; script {shortest}") from None
    return pushes
