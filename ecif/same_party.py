"""Are these one customer? What stewards are asked of two parties, and what they said of them."""

from ecif.cluster import Cluster
from ecif.matching import SCORE, Question
from ecif.model import Key, SourceRecord
from ecif.work import Work


def ask(work: Work, one: str, other: str, record: SourceRecord, question: Question) -> bool:
    """Are these one customer? True when that was not asked before."""
    kind, rule = "same_party", question.reason
    if question.likeness is not None:
        kind, rule = SCORE, str(question.likeness)
    return work.open_review(subject(one, other), kind, one, other=other, record=record, rule=rule)


def subject(one: str, other: str) -> str:
    return "same:" + ":".join(sorted((one, other)))


def subjects(one: Cluster, other: Cluster) -> list[str]:
    """Under which it may have been asked whether these are one: by any numbers they had."""
    return [subject(a, b) for a in sorted(one.numbers) for b in sorted(other.numbers)]


def declared_different(work: Work, one: Cluster, other: Cluster) -> bool:
    pairs = work.unit.load_no_matches(sorted(one.numbers | other.numbers))
    return any(
        (low in one.numbers and high in other.numbers) or (low in other.numbers and high in one.numbers)
        for low, high in pairs
    ) or _records_declared_different(work, one, other)


def _records_declared_different(work: Work, one: Cluster, other: Cluster) -> bool:
    """A record of one that a steward declared not to be the other."""
    for row in work.unit.steward.record_pairs_of(one.numbers | other.numbers):
        owner = one if row["ecif_no"] in other.numbers else other
        if (row["system"], row["customer_no"]) in work.unit.keys(owner):
            return True
    return False


def carry_over(work: Work, old: Key, new: Key) -> None:
    """A record goes under another customer number: what a steward declared of it stays with it."""
    rows = work.unit.steward
    known = {row["ecif_no"] for row in rows.record_pairs_of_key(new)}
    for row in rows.record_pairs_of_key(old):
        rows.dropped_record_pairs.add((*old, row["ecif_no"]))
        if row["ecif_no"] not in known:
            rows.record_pairs.append(row | {"system": new[0], "customer_no": new[1]})


def declare_different(work: Work, one: str, other: str, *, actor: str, reason: str) -> bool:
    """These two are not one customer; no rule merges them any more. False where that was said already."""
    low, high = sorted((one, other))
    if (low, high) in work.unit.load_no_matches([low]):
        return False
    work.unit.no_match_rows.append(
        {
            "low": low,
            "high": high,
            "actor": actor[:80] or None,
            "reason": reason[:400] or None,
            "decided_at": work.now,
        }
    )
    return True
