"""Whether the trail is as it was written: every chain recomputed, held against its head and all anchors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ocrm_api.trail import store
from ocrm_api.trail.chain import Head, anchor_digest, digest_of, start_of


@dataclass(frozen=True, slots=True)
class Problem:
    chain: str
    seq: int
    what: str


@dataclass(slots=True)
class Verdict:
    chains: int = 0
    entries: int = 0
    anchors: int = 0
    problems: list[Problem] = field(default_factory=list)


def verify(connection: Connection, anchors: Path | None) -> Verdict:
    """`anchors`: the file that the hourly heads were written to as well, where there is one."""
    verdict, marked = Verdict(), _Marks()
    marked.take(verdict, store.anchors(connection), "anchor")
    if anchors is not None:
        marked.take(verdict, list(_from_file(verdict, anchors)), "anchor in the file")
    heads = store.heads(connection)
    for name in sorted(store.chains(connection) | set(heads) | set(marked.digests)):
        verdict.chains += 1
        _check_chain(connection, name, heads.get(name), marked.digests.get(name, {}), verdict)
    return verdict


class _Marks:
    """Digests that entries must have: chain → number → digest, from anchors that are sound themselves."""

    def __init__(self) -> None:
        self.digests: dict[str, dict[int, str]] = {}

    def take(self, verdict: Verdict, anchors: list[Mapping[str, Any]], what: str) -> None:
        before: dict[str, Head] = {}
        for anchor in anchors:
            chain = anchor["chain"]
            last = before.get(chain, Head(chain, 0, start_of(chain)))
            wanted = anchor_digest(last.digest, anchor["seq"], anchor["at"], anchor["heads"])
            if anchor["seq"] != last.seq + 1:
                verdict.problems.append(Problem(chain, last.seq + 1, f"the {what} is missing"))
            elif anchor["digest"] != wanted:
                verdict.problems.append(Problem(chain, anchor["seq"], f"the {what} was altered"))
            before[chain] = Head(chain, anchor["seq"], anchor["digest"])
            verdict.anchors += 1
            for name, (seq, digest) in json.loads(anchor["heads"]).items():
                self.digests.setdefault(name, {})[seq] = digest


def _from_file(verdict: Verdict, anchors: Path) -> Iterator[Mapping[str, Any]]:
    if not anchors.exists():
        return
    for number, line in enumerate(anchors.read_text("utf-8").splitlines(), 1):
        try:
            yield json.loads(line)
        except ValueError:
            verdict.problems.append(Problem(str(anchors), number, "the line is no anchor"))


def _check_chain(
    connection: Connection, name: str, head: Head | None, marks: Mapping[int, str], verdict: Verdict
) -> None:
    def fault(seq: int, what: str) -> None:
        verdict.problems.append(Problem(name, seq, what))

    told: set[tuple[str, int]] = set()
    last = Head(name, 0, start_of(name))
    for row in store.chain_rows(connection, name):
        verdict.entries += 1
        seq = int(row["seq"])
        if seq != last.seq + 1:
            fault(last.seq + 1, f"{seq - last.seq - 1} entries are missing")
        elif row["digest"] != digest_of(last.digest, seq, row):
            fault(seq, "the entry was altered")
        if seq in marks and marks[seq] != row["digest"]:
            fault(seq, "the entry is not the one that was anchored")
        told.update((ecif_no, seq) for ecif_no in _parties(row))
        last = Head(name, seq, str(row["digest"]))
    beyond = [seq for seq in marks if seq > last.seq]
    if beyond:
        fault(last.seq + 1, f"entries up to {max(beyond)} were anchored and are missing")
    if head is None or head != last:
        fault(last.seq, "the chain does not end where its head says")
    if store.indexed(connection, name) != told:
        fault(last.seq, "the index of parties does not agree with the entries")


def _parties(row: Mapping[str, Any]) -> list[str]:
    try:
        return list(json.loads(row["detail"])["parties"]) if row["detail"] else []
    except (ValueError, KeyError, TypeError):
        return []
