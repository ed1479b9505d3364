"""The shipped mappings in the model's world: core, ebank and loan as the systems A, B and C.

| model | is | core (A) | ebank (B) | loan (C) |
|---|---|---|---|---|
| a | name | cut at its width in CCSID 935 | whole | cut at its width in GB18030 |
| b | passport, by trust | in the single document slot | under its type | in the single document slot |
| c | risk level | code | code | not carried |

The model's projection of a value is what the system's dialect writes. Names stand for the model's strings so
that the longer string is the fuller name, and `pp` is what core and loan make of `pp1` and `pp2`.
"""

import dataclasses
import functools
import os
import random
from pathlib import Path

from msgspec.structs import replace

from ecif.model import UNKNOWN, Attribute, Flying, Own, PartyChange
from ecif.steps import Rule
from ecif.survivorship import Rules
from gateway.bootstrap import load_dialects
from gateway.config.reader import read_conf

from .driver import Setup, Variant
from .hub import ServiceHub, Terms
from .model import ATTRS, CLEAR, TRUST, Conf
from .sim import random_ops

CONF = Path(__file__).parents[2] / "conf"
PARTIES = {"P1": ["A1", "B1", "C1"], "P2": ["A2", "B2"]}
SYSTEMS = {"A": "core", "B": "ebank", "C": "loan"}
SLOTTED = ("A", "C")
WIDE = "欧阳慕容端木上官司马诸葛轩辕令狐皇甫尉迟公孙长孙宇文夏侯东方"
"""Thirty characters: as many as a name can have in core, between SO and SI, and in loan."""
NAMES = {
    "p": "王", "q": "李", "pp": WIDE, "pp1": WIDE + "东", "pp2": WIDE + "西",
    "qq": WIDE[::-1], "qq1": WIDE[::-1] + "南",
}  # fmt: skip
NUMBERS = {"p": "E10000001", "q": "E10000002", "r": "E10000003", "pp1": "E1000000400"}
RISKS = {"m": "R1", "n": "R2", "o": "R3", "k": "R4"}
REAL = {"a": NAMES, "b": NUMBERS, "c": RISKS}
MODEL = {a: {real: value for value, real in table.items()} for a, table in REAL.items()}
OTHER_RISKS = {"m1": "o", "m2": "k", "p": "m", "q": "n"}


@functools.cache
def dialects():
    return load_dialects(read_conf(CONF, os.environ))


def real_name(letter: str, attribute: str) -> str:
    if attribute == "b":
        return "document" if letter in SLOTTED else "document:passport"
    return {"a": "name", "c": "risk"}[attribute]


def real_value(letter: str, attribute: str, value):
    """As a record of that system, or (with no letter) the golden record has it."""
    real = REAL[attribute][value]
    if attribute != "b":
        return real
    return ("passport", real, None) if letter in SLOTTED else (real, None)


def model_value(attribute: str, value):
    if value is None or value == UNKNOWN:
        return value
    return MODEL[attribute][value if isinstance(value, str) else value[-2]]


@dataclasses.dataclass(frozen=True)
class ShippedConf(Conf):
    """Projects as the shipped dialect writes."""

    def proj(self, attr, v):
        if v is None or v == CLEAR or attr not in self.carries:
            return None if attr not in self.carries else v
        return _written(self.name, attr, v)


@functools.cache
def _written(letter, attribute, value):
    dialect = dialects()[SYSTEMS[letter]]
    written = dialect.written(real_name(letter, attribute), real_value(letter, attribute, value))
    return model_value(attribute, written)


A, B, C = ShippedConf("A"), ShippedConf("B"), ShippedConf("C", carries=("a", "b"))


class ShippedTerms(Terms):
    def change(self, image, said) -> PartyChange:
        letter = image.rec[0]
        values = {
            real_name(letter, a): None if v is None else real_value(letter, a, v) for a, v in said.items()
        }
        named = {"document": "passport"} if "document" in values else {}
        return PartyChange(image.rec, image.seq, image.sent_at, image.dup, values, named)

    def pin(self, attribute, value):
        return real_name("", attribute), None if value is None else real_value("", attribute, value)

    def record(self, record):
        letter = record.system
        attributes = {a: self._attribute(a, record.attributes.get(real_name(letter, a))) for a in ATTRS}
        flying = record.flying and self._flying(letter, record.flying)
        return replace(record, attributes=attributes, flying=flying)

    def _attribute(self, a, state) -> Attribute:
        if state is None:
            return Attribute()
        own = state.own and Own(model_value(a, state.own.value), *[*_rest(state.own)])
        may = tuple(type(m)(model_value(a, m.value), *[*_rest(m)]) for m in state.may)
        return Attribute(own, model_value(a, state.held), may, state.insist)

    def _flying(self, letter, flying) -> Flying:
        def said(values):
            return {
                a: model_value(a, values[real_name(letter, a)])
                for a in ATTRS
                if real_name(letter, a) in values
            }

        return replace(flying, values=said(flying.values), seen=said(flying.seen))

    def golden(self, name, survivor):
        a = {"name": "a", "document:passport": "b", "risk": "c"}[name]
        return a, model_value(a, survivor.value)


def _rest(struct):
    return (getattr(struct, name) for name in struct.__struct_fields__[1:])


class ShippedDialect:
    """A shipped dialect with the model's clock bound and word."""

    def __init__(self, conf: Conf, eps: int) -> None:
        self._dialect, self.eps, self.pushes = dialects()[SYSTEMS[conf.name]], eps, conf.declared

    def __getattr__(self, name):
        return getattr(self._dialect, name)


class ShippedHub(ServiceHub):
    def dialect(self, conf: Conf, eps: int):
        return ShippedDialect(conf, eps)

    def rules(self) -> Rules:
        document = Rule(trust=TRUST["b"], others=9)
        return Rules({"name": Rule(), "risk": Rule(), "document:passport": document})

    def terms_of(self, setup: Setup) -> Terms:
        return ShippedTerms()


def _each(**changes):
    return tuple(dataclasses.replace(conf, **changes) for conf in (A, B, C))


VARIANTS = (
    Variant("shipped, one connection", (A, B, C)),
    Variant("shipped, replies free", (A, B, C), fifo=None),
    Variant("shipped, any order", (A, B, C), fifo=False),
    Variant("shipped, silent", _each(echoes=False), fifo=None),
    Variant("shipped, believed when seen", _each(declared="seen")),
    Variant("shipped, ebank lies", (A, dataclasses.replace(B, applies="none"), C), honest=False),
)


def scripts(count: int, seed: int = 0):
    for number in range(seed, seed + count):
        variant = VARIANTS[number % len(VARIANTS)]
        rng = random.Random(f"{variant.name} {number}")
        recs = [rec for members in PARTIES.values() for rec in members]
        yield variant, [_shipped(op) for op in random_ops(rng, recs, rng.randrange(3, 40))]


def _shipped(op):
    """In values that the shipped tables have."""
    kind, *rest = op
    if kind == "edit":
        rec, changes = rest
        return kind, rec, {a: OTHER_RISKS.get(v, v) if a == "c" else v for a, v in changes.items()}
    if kind == "pin" and rest[1] == "c":
        return kind, rest[0], "c", OTHER_RISKS.get(rest[2], rest[2])
    return ("move", "B2", rest[1]) if kind == "move" else op
