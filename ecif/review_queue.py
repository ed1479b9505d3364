"""The steward's reading desk: questions with their evidence, decisions, one party's values explained.

A question names the parties it was asked of; they may have been merged since, so the numbers they resolve to
now stand beside.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from ecif.cluster import Cluster
from ecif.decisions import Decision, decision_of
from ecif.explaining import Explained
from ecif.model import Key
from ecif.scoring import Likeness
from ecif.setting import Setting
from ecif.side_by_side import Evidence, Whole, compared
from ecif.stewardship import NotPossible
from ecif.store import desk_reports, reports
from ecif.store.desk_reports import Asked
from ecif.store.rows import Row
from ecif.store.stewards import Decided, StewardRows
from ecif.store.store import Store
from ecif.work import Work

MOST = 500
"""Of one page."""


class Answer(msgspec.Struct, frozen=True):
    """The decision that answers a question, or waits to be released."""

    decision: int
    kind: str
    state: str
    actor: str


class Review(msgspec.Struct, frozen=True):
    """A question for a steward."""

    id: int
    kind: str
    """same_party, score, standoff, or the reserved value that a system reports (deceased)"""
    ecif_no: str
    """The party it is about, as it is now."""
    other: str
    """The party that it may be, as it is now; "" where the question is about one party."""
    asked_of: tuple[str, ...]
    """The numbers they had when it was asked."""
    system: str
    customer_no: str
    """The source record that raised it."""
    rule: str
    """What raised it: what speaks against a merge, the attribute of a reserved value."""
    score: float | None
    """log2 odds of the two records that are most alike, when it was asked; None where no score raised it."""
    opened_at: int
    closed_at: int
    """0: open"""
    assignee: str
    claimed_at: int
    answer: Answer | None

    def pair(self) -> tuple[str, str]:
        """The two parties, the lower number first."""
        if not self.other:
            raise NotPossible("the question is about one party only")
        one, other = sorted((self.ecif_no, self.other))
        return one, other


class Page(msgspec.Struct, frozen=True):
    reviews: tuple[Review, ...]
    next: str
    """Cursor of the next page; "" at the end."""
    count: int
    """All that fit, on whatever page."""


class DecisionView(msgspec.Struct, frozen=True):
    id: int
    state: str
    """proposed, taken, rejected, undone"""
    decision: Decision
    ecif_nos: tuple[str, ...]
    versions: dict[str, int]
    """Proposed: as it was decided on; taken: after it."""
    task: int
    actor: str
    reason: str
    decided_at: int
    second_actor: str
    """Who released, rejected or undid it."""
    second_reason: str
    settled_at: int


class DecisionPage(msgspec.Struct, frozen=True):
    decisions: tuple[DecisionView, ...]
    next: str


# ---------------------------------------------------------------- questions
def reviews(
    store: Store, *, kind: str = "", state: str = "open", assignee: str | None = None, ecif_no: str = "",
    cursor: str = "", limit: int = 50,
) -> Page:  # fmt: skip
    """The oldest first."""
    limit = max(1, min(limit, MOST))
    with store.reading() as connection:
        numbers = _numbers(connection, ecif_no) if ecif_no else ()
        asked = Asked(kind, state, assignee, numbers, _position(cursor))
        rows = desk_reports.tasks(connection, asked, limit + 1)
        count = desk_reports.task_count(connection, asked)
        answers = desk_reports.answers(connection, [row["id"] for row in rows[:limit]])
    found = tuple([_review(row, answers.get(row["id"])) for row in rows[:limit]])
    more = f"{found[-1].opened_at}.{found[-1].id}" if len(rows) > limit else ""
    return Page(found, more, count)


def review(store: Store, task: int) -> Review:
    with store.reading() as connection:
        row = desk_reports.task(connection, task)
        answer = desk_reports.answers(connection, [task]).get(task)
    if row is None:
        raise NotPossible("no such review task")
    return _review(row, answer)


def _review(row: Row, answer: Decided | None) -> Review:
    likeness = Likeness.read(row["rule"] or "")
    return Review(
        id=row["id"],
        kind=row["kind"],
        ecif_no=row["head_now"] or row["ecif_no"],
        other=row["other_now"] or row["other"] or "",
        asked_of=tuple(filter(None, (row["ecif_no"], row["other"]))),
        system=row["system"] or "",
        customer_no=row["customer_no"] or "",
        rule=row["rule"] or "",
        score=None if likeness is None else likeness.best,
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        assignee=row["assignee"] or "",
        claimed_at=row["claimed_at"] or 0,
        answer=None if answer is None else Answer(answer.id, answer.kind, answer.state, answer.actor),
    )


def _position(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    at, _, number = cursor.partition(".")
    if not (at.isascii() and at.isdigit() and number.isascii() and number.isdigit()):
        raise NotPossible("no such cursor")
    return int(at), int(number)


def _numbers(connection: Any, ecif_no: str) -> tuple[str, ...]:
    """All numbers of that party."""
    head = reports.head_of(connection, ecif_no)
    if head is None:
        raise NotPossible("no such ECIF number")
    parties, _ = reports.cluster(connection, head)
    return tuple(sorted(stored.party.ecif_no for stored in parties))


def claim(work: Work, task: int, assignee: str, taken_from: str) -> None:
    """Refused where somebody else has it."""
    rows = work.unit.steward
    row = rows.task(task)
    if row is None or row["closed_at"]:
        raise NotPossible("no such open question")
    holder = rows.claim(task)
    if holder == assignee:
        return
    if holder and holder != taken_from:
        raise NotPossible(f"{holder} works on it")
    if holder:
        rows.unclaimed.append(task)
    if assignee:
        rows.claims.append({"task": task, "assignee": assignee[:80], "claimed_at": work.now})


# ---------------------------------------------------------------- evidence
def evidence(store: Store, setting: Setting, task: int) -> Evidence:
    """Both sides as they are now; one side where the question is about one party, or answered by a merge."""
    found = review(store, task)
    if found.other and found.other != found.ecif_no:
        return compare(store, setting, *found.pair())
    side = _whole(store, found.ecif_no).side(setting.rules, setting.dialects)
    return Evidence(side, None, (), "", ())


def compare(store: Store, setting: Setting, one: str, other: str) -> Evidence:
    """Two parties beside each other."""
    a, b = _whole(store, one), _whole(store, other)
    left, right = (whole.side(setting.rules, setting.dialects) for whole in (a, b))
    found = compared(left, right, a.records, b.records, setting.matching)
    if _declared(store, a, b):
        return replace(found, against=("declared different", *found.against))
    return found


def _declared(store: Store, a: Whole, b: Whole) -> bool:
    sides = [_cluster(whole) for whole in (a, b)]
    with store.reading() as connection:
        rows = StewardRows(connection)
        numbers = sides[0].numbers | sides[1].numbers
        pairs, records = rows.pairs(numbers), rows.record_pairs_of(numbers)
    return any(
        any(row["low"] in x.numbers and row["high"] in y.numbers for row in pairs)
        or any(_key(row) in x.keys and row["ecif_no"] in y.numbers for row in records)
        for x, y in (sides, sides[::-1])
    )


def _key(row: Row) -> Key:
    return (row["system"], row["customer_no"])


def _cluster(whole: Whole) -> Cluster:
    cluster = Cluster(whole.head.ecif_no, complete=True)
    cluster.numbers = {party.ecif_no for party in whole.parties}
    cluster.keys = {record.key for record in whole.records}
    return cluster


def _whole(store: Store, ecif_no: str) -> Whole:
    with store.reading() as connection:
        head = reports.head_of(connection, ecif_no)
        if head is None:
            raise NotPossible("no such ECIF number")
        parties, records = reports.cluster(connection, head)
    return Whole(
        next(stored.party for stored in parties if stored.party.ecif_no == head),
        tuple([stored.party for stored in parties]),
        tuple(sorted([stored.record for stored in records], key=lambda record: record.key)),
    )


def golden_values(store: Store, setting: Setting, ecif_no: str) -> tuple[Explained, ...]:
    """Every golden value with its winner, the step that decided, and the losing values."""
    return _whole(store, ecif_no).explained(setting.rules, setting.dialects)


# ---------------------------------------------------------------- decisions
def decisions(
    store: Store, *, state: str = "", ecif_no: str = "", cursor: str = "", limit: int = 50
) -> DecisionPage:
    """The newest first."""
    limit = max(1, min(limit, MOST))
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        raise NotPossible("no such cursor")
    with store.reading() as connection:
        numbers = _numbers(connection, ecif_no) if ecif_no else ()
        found = desk_reports.decided(
            connection, state=state, ecif_nos=numbers, before=int(cursor or 0), limit=limit + 1
        )
        parties = desk_reports.parties_of(connection, [one.id for one in found[:limit]])
    views = tuple([_decision(one, parties[one.id]) for one in found[:limit]])
    return DecisionPage(views, str(views[-1].id) if len(found) > limit else "")


def _decision(one: Decided, parties: list[str]) -> DecisionView:
    return DecisionView(
        id=one.id,
        state=one.state,
        decision=decision_of(one.content),
        ecif_nos=tuple(parties),
        versions=msgspec.json.decode(one.versions, type=dict[str, int]),
        task=one.task,
        actor=one.actor,
        reason=one.reason,
        decided_at=one.decided_at,
        second_actor=one.second_actor,
        second_reason=one.second_reason,
        settled_at=one.settled_at,
    )
