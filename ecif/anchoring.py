"""Anchors: what all chains of change events had come to, once an hour, in one short line.

A chain alone proves nothing to somebody who can write to the whole database: he makes it anew from where he
changed it. An anchor records the heads of all chains that grew since the one before, as one digest, chained
to that of the anchor before and signed where conf names a key; it goes to the log, and so off the machine.
From then on an event that was anchored can be altered, cut off or swapped only by making a false anchor too,
which neither its signature nor the line in the log agrees with.

Chains are found by when their events were stored, an hour back beyond the last one that is anchored: a
transaction that took long is not passed over. An anchor holds at most PART heads, so that no transaction is
long; the first one of a large database comes in many parts, and may be interrupted.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Final

from ecif.chaining import Algorithm, digest
from ecif.setting import SECOND
from ecif.signing import Signer
from ecif.store import anchors
from ecif.store.anchors import Head, Stored
from ecif.store.errors import Crossed
from ecif.store.store import Store

PART: Final = 10_000
_BACK: Final = 3_600 * SECOND


def anchor(
    store: Store, now: int, signer: Signer | None = None, algorithm: Algorithm = "sha256"
) -> Iterator[Stored]:
    """Anchors every chain that grew; gives each part once it is committed. Ends where another process anchors
    at the same moment: that one does it."""
    with (
        store.reading() as connection,
        closing(anchors.grown(connection, anchors.covered(connection) - _BACK)) as growing,
    ):
        while candidates := list(islice(growing, PART)):
            done = anchors.anchored(connection, [head.ecif_no for head in candidates])
            heads = [head for head in candidates if done.get(head.ecif_no, 0) < head.seq]
            if not heads:
                continue
            try:
                yield _add(store, heads, now, signer, algorithm)
            except Crossed:
                return


def _add(
    store: Store, heads: Sequence[Head], now: int, signer: Signer | None, algorithm: Algorithm
) -> Stored:
    with store.changing() as connection:
        before = anchors.newest(connection)
        made = sealed(before, anchors.hashed(heads), now, signer, algorithm)
        anchors.add(connection, made, heads)
    return made


def sealed(
    before: Stored | None, heads: Sequence[Head], now: int, signer: Signer | None, algorithm: Algorithm
) -> Stored:
    """The anchor that follows `before`."""
    root = root_of(heads, algorithm)
    number = before.id + 1 if before else 1
    made = Stored(number, now, len(heads), root, "", "", "")
    proof = digest_of(before.digest if before else "", made, algorithm)
    signed = (signer.name, signer.sign(proof)) if signer else ("", "")
    return Stored(number, now, len(heads), root, proof, *signed)


def root_of(heads: Iterable[Head], algorithm: Algorithm) -> str:
    rolling = hashlib.new(algorithm)
    for head in heads:
        rolling.update(f"{head.ecif_no} {head.seq} {head.chain}\n".encode())
    return rolling.hexdigest() if algorithm == "sha256" else f"{algorithm}:{rolling.hexdigest()}"


def digest_of(previous: str, made: Stored, algorithm: Algorithm) -> str:
    """Over the anchor before and all of this one."""
    said = f"{previous}\n{made.id}\n{made.anchored_at}\n{made.heads}\n{made.root}"
    return digest(said.encode(), algorithm)
