"""The steward's desk: every use case of stewards, one transaction each. `ecif.service.Service` is one.

Decisions are values (`ecif.decisions`); `decide` takes any of them, and each has a method of its own beside
it. What cannot be done raises `NotPossible` with the reason; `Changed` where somebody was faster.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final, NotRequired, TypedDict, TypeVar, Unpack

from ecif import previewing, proposals, review_queue
from ecif.decisions import (
    Decision,
    Dismiss,
    Merge,
    Move,
    NoMatch,
    Outcome,
    Pin,
    RecordNoMatch,
    Rematch,
    Restore,
    Resume,
    Split,
    Undo,
    Unpin,
    Withdraw,
)
from ecif.explaining import Explained
from ecif.model import Key, Value
from ecif.proposals import Asked
from ecif.setting import Setting
from ecif.side_by_side import Evidence
from ecif.store.store import Store
from ecif.work import Work

NO_ROOM: Final[Mapping[str, int]] = {}
T = TypeVar("T")


class By(TypedDict):
    """Who decides, why, when, and on what."""

    actor: str
    reason: str
    now: int
    expected: NotRequired[Mapping[str, int]]
    """ECIF number → version that was looked at: refused with `Changed` when it is another by now."""
    task: NotRequired[int]
    """Review task that is answered."""
    request: NotRequired[str]
    """Under this key the same request may come again; it gets the first one's outcome."""


class Desk(ABC):
    _store: Store
    setting: Setting

    @abstractmethod
    def _transact(
        self, now: int, act: Callable[[Work], T], room: Mapping[str, int] = NO_ROOM, *, rehearse: bool = False
    ) -> T: ...

    # ------------------------------------------------------------ looking

    def reviews(
        self, *, kind: str = "", state: str = "open", assignee: str | None = None, ecif_no: str = "",
        cursor: str = "", limit: int = 50,
    ) -> review_queue.Page:  # fmt: skip
        """The questions that wait ("open"), were answered ("closed") or both (""), the oldest first.
        `assignee`: "" for those nobody works on, None for all."""
        return review_queue.reviews(
            self._store, kind=kind, state=state, assignee=assignee, ecif_no=ecif_no, cursor=cursor,
            limit=limit,
        )  # fmt: skip

    def review(self, task: int) -> review_queue.Review:
        return review_queue.review(self._store, task)

    def evidence(self, task: int) -> Evidence:
        """Both sides of a question, what is the same and what differs, and what raised it."""
        return review_queue.evidence(self._store, self.setting, task)

    def compare(self, one: str, other: str) -> Evidence:
        """Any two parties side by side, asked about or not."""
        return review_queue.compare(self._store, self.setting, one, other)

    def golden_values(self, ecif_no: str) -> tuple[Explained, ...]:
        """Every golden value with its winner, the step that decided, and the losing values."""
        return review_queue.golden_values(self._store, self.setting, ecif_no)

    def preview(self, decision: Decision, *, now: int) -> previewing.Preview:
        """What it would do: nothing is written."""
        return previewing.preview(self._store, self.setting, decision, now)

    def preview_merge(self, one: str, other: str, *, now: int) -> previewing.Preview:
        """The party that the two would be, what would be pushed, and what speaks against it."""
        return self.preview(Merge(one, other), now=now)

    def decisions(
        self, *, state: str = "", ecif_no: str = "", cursor: str = "", limit: int = 50
    ) -> review_queue.DecisionPage:
        """The newest first. `state`: "proposed" are those that wait for a second pair of eyes."""
        return review_queue.decisions(self._store, state=state, ecif_no=ecif_no, cursor=cursor, limit=limit)

    # ------------------------------------------------------------ any decision

    def decide(self, decision: Decision, **by: Unpack[By]) -> Outcome:
        """Takes it, or proposes it where conf asks for a second pair of eyes."""
        expected, task, request = by.get("expected", {}), by.get("task", 0), by.get("request", "")
        asked = Asked(decision, by["actor"], by["reason"], expected, task, request)
        return self._transact(by["now"], lambda work: proposals.decide(work, asked))

    def release(self, proposal: int, *, actor: str, reason: str = "", now: int) -> Outcome:
        """A second person agrees; it is taken. Raises Changed where the parties are not what they were."""
        return self._transact(now, lambda work: proposals.release(work, proposal, actor, reason))

    def reject(self, proposal: int, *, actor: str, reason: str = "", now: int) -> Outcome:
        """A proposal is not taken."""
        return self._transact(now, lambda work: proposals.reject(work, proposal, actor, reason))

    def undo(self, decision: int, **by: Unpack[By]) -> Outcome:
        """As if it had not been decided, with all that came since. Only what no later decision builds on."""
        return self.decide(Undo(decision), **by)

    def claim(self, task: int, assignee: str, *, now: int, taken_from: str = "") -> None:
        """Somebody works on a question; "" gives it back. Whoever has it already must be named."""
        self._transact(now, lambda work: review_queue.claim(work, task, assignee, taken_from))

    # ------------------------------------------------------------ one method a decision

    def merge(self, survivor: str, absorbed: str, **by: Unpack[By]) -> Outcome:
        """`absorbed` redirects to `survivor`; either may be named by a number that was merged earlier."""
        return self.decide(Merge(survivor, absorbed), **by)

    def split(self, absorbed: str, **by: Unpack[By]) -> Outcome:
        """The merge of `absorbed` ends: it stands for itself again; the pair is never merged by rule."""
        return self.decide(Split(absorbed), **by)

    def move(self, key: Key, ecif_no: str = "", **by: Unpack[By]) -> Outcome:
        """One source record belongs to another party; to a new one where none is named."""
        return self.decide(Move(*key, ecif_no), **by)

    def no_match(self, one: str, other: str, **by: Unpack[By]) -> Outcome:
        """Two parties are not one customer; no rule merges them any more."""
        return self.decide(NoMatch(one, other), **by)

    def record_no_match(self, key: Key, ecif_no: str, **by: Unpack[By]) -> Outcome:
        """Whoever this record belongs to is not that party."""
        return self.decide(RecordNoMatch(*key, ecif_no), **by)

    def rematch(self, one: str, other: str, **by: Unpack[By]) -> Outcome:
        """Whatever declared these two different is removed; the rules look at them again."""
        return self.decide(Rematch(one, other), **by)

    def pin(self, ecif_no: str, attribute: str, value: Value | None, **by: Unpack[By]) -> Outcome:
        """A steward decides a value; None lets the sources speak again."""
        return self.decide(
            Unpin(ecif_no, attribute) if value is None else Pin(ecif_no, attribute, value), **by
        )

    def unpin(self, ecif_no: str, attribute: str, **by: Unpack[By]) -> Outcome:
        return self.decide(Unpin(ecif_no, attribute), **by)

    def withdraw(self, key: Key, **by: Unpack[By]) -> Outcome:
        """What this source record says counts for nothing from now on."""
        return self.decide(Withdraw(*key), **by)

    def restore(self, key: Key, **by: Unpack[By]) -> Outcome:
        """A withdrawn record counts again."""
        return self.decide(Restore(*key), **by)

    def resume(self, key: Key, **by: Unpack[By]) -> Outcome:
        """A standoff is dismissed: the record may be pushed again."""
        return self.decide(Resume(*key), **by)

    def dismiss(self, task: int, /, **by: Unpack[By]) -> Outcome:
        """A question is answered by leaving everything as it is."""
        return self.decide(Dismiss(task), **by)

    # ------------------------------------------------------------ answers to "are these one?"

    def link(self, task: int, /, **by: Unpack[By]) -> Outcome:
        """Yes: merged, the lower number surviving."""
        by["task"] = task
        return self.decide(Merge(*self.review(task).pair()), **by)

    def separate(self, task: int, /, **by: Unpack[By]) -> Outcome:
        """No: declared different."""
        by["task"] = task
        return self.decide(NoMatch(*self.review(task).pair()), **by)
