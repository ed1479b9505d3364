"""A steward's acts within scope: what API routes and console pages both call.

Every party that a question or a decision names must be in the steward's scope, and none restricted to him;
else it is as if it were not there. Use cases are `ecif.desk`; what they refuse is `NotPossible`, or `Changed`
where somebody was faster.
"""

from collections.abc import Iterator

from ecif import review_queue
from ecif.decisions import (
    Decision,
    Merge,
    Move,
    NoMatch,
    Outcome,
    Pin,
    Split,
    Unpin,
    Withdraw,
    numbers_of,
    record_of,
)
from ecif.previewing import Preview
from ecif.side_by_side import Evidence
from ecif.stewardship import NotPossible
from ecif.store import finding
from ocrm_api.access.identity import Staff
from ocrm_api.parties.reading import NotThere, Restricted, visible
from ocrm_api.source import Source
from ocrm_api.stewardship.schema import AskedPreview
from ocrm_api.trail.entry import now

_ROUNDS = 5


class Desk:
    def __init__(self, source: Source) -> None:
        self._source = source

    # ------------------------------------------------------------ looking

    def questions(
        self, staff: Staff, *, kind: str = "", state: str = "open", assignee: str | None = None,
        ecif_no: str = "", cursor: str = "", limit: int = 50,
    ) -> tuple[list[review_queue.Review], str]:  # fmt: skip
        """(those in scope, cursor of the next page or "")."""
        if ecif_no:
            visible(self._source.store(), [ecif_no], staff)
        found: list[review_queue.Review] = []
        for _ in range(_ROUNDS):
            page = review_queue.reviews(
                self._source.store(),
                kind=kind,
                state=state,
                assignee=assignee,
                ecif_no=ecif_no,
                cursor=cursor,
                limit=limit - len(found),
            )
            found += [one for one in page.reviews if self._sees(one, staff)]
            cursor = page.next
            if not cursor or len(found) >= limit:
                break
        return found, cursor

    def question(self, task: int, staff: Staff) -> review_queue.Review:
        found = self._task(task)
        visible(self._source.store(), _asked_of(found), staff)
        return found

    def evidence(self, task: int, staff: Staff) -> Evidence:
        self.question(task, staff)
        return review_queue.evidence(self._source.store(), self._source.setting(), task)

    def compare(self, one: str, other: str, staff: Staff) -> Evidence:
        visible(self._source.store(), [one, other], staff)
        return review_queue.compare(self._source.store(), self._source.setting(), one, other)

    def preview(self, decision: Decision, staff: Staff) -> Preview:
        self._concerned(decision, staff)
        return self._source.act(lambda service: service.preview(decision, now=now()))

    def decisions(
        self, staff: Staff, *, state: str = "", ecif_no: str = "", cursor: str = "", limit: int = 50
    ) -> tuple[list[review_queue.DecisionView], str]:
        """(those in scope, cursor of the next page or "")."""
        if ecif_no:
            visible(self._source.store(), [ecif_no], staff)
        page = review_queue.decisions(
            self._source.store(), state=state, ecif_no=ecif_no, cursor=cursor, limit=limit
        )
        return [one for one in page.decisions if self._may_see(one.ecif_nos, staff)], page.next

    # ------------------------------------------------------------ deciding

    def decide(
        self, decision: Decision, staff: Staff, *, reason: str, expected: dict[str, int], task: int = 0
    ) -> Outcome:
        """Taken, or proposed where conf asks for a second pair of eyes."""
        self._concerned(decision, staff)
        actor = staff.because(reason)
        if task:
            self.question(task, staff)
        return self._source.act(
            lambda service: service.decide(
                decision, actor=actor.name, reason=reason, now=now(), expected=expected, task=task
            )
        )

    def settle(self, decision: int, staff: Staff, *, reason: str, agreed: bool) -> Outcome:
        """A second person releases or rejects a proposal."""
        self._proposal(decision, staff)
        actor = staff.because(reason).name
        if agreed:
            return self._source.act(
                lambda service: service.release(decision, actor=actor, reason=reason, now=now())
            )
        return self._source.act(
            lambda service: service.reject(decision, actor=actor, reason=reason, now=now())
        )

    def undo(self, decision: int, staff: Staff, *, reason: str) -> Outcome:
        self._proposal(decision, staff)
        actor = staff.because(reason).name
        return self._source.act(lambda service: service.undo(decision, actor=actor, reason=reason, now=now()))

    def claim(self, task: int, staff: Staff, *, taken_from: str = "", give_back: bool = False) -> None:
        self.question(task, staff)
        assignee = "" if give_back else staff.name
        if give_back:
            taken_from = staff.name
        self._source.act(lambda service: service.claim(task, assignee, now=now(), taken_from=taken_from))

    # ------------------------------------------------------------ within scope

    def concerned(self, decision: Decision, staff: Staff) -> tuple[str, ...]:
        """Current numbers of the parties that it names, by itself or by a record."""
        return tuple(self._concerned(decision, staff))

    def _concerned(self, decision: Decision, staff: Staff) -> dict[str, int]:
        numbers = [*numbers_of(decision), *self._owner(decision)]
        return visible(self._source.store(), numbers, staff)

    def _owner(self, decision: Decision) -> Iterator[str]:
        key = record_of(decision)
        if key is None:
            return
        with self._source.store().reading() as connection:
            heads = finding.heads_of_customer(connection, [key[0]], key[1])
        if not heads:
            raise NotThere
        yield from heads

    def _proposal(self, decision: int, staff: Staff) -> None:
        page = review_queue.decisions(self._source.store(), cursor=str(decision + 1), limit=1)
        if not page.decisions or page.decisions[0].id != decision:
            raise NotThere
        visible(self._source.store(), page.decisions[0].ecif_nos, staff)

    def _task(self, task: int) -> review_queue.Review:
        try:
            return review_queue.review(self._source.store(), task)
        except NotPossible:
            raise NotThere from None

    def _sees(self, one: review_queue.Review, staff: Staff) -> bool:
        return self._may_see(_asked_of(one), staff)

    def _may_see(self, numbers: tuple[str, ...], staff: Staff) -> bool:
        try:
            visible(self._source.store(), numbers, staff)
        except (NotThere, Restricted):
            return False
        return True


def _asked_of(one: review_queue.Review) -> tuple[str, ...]:
    return (one.ecif_no, one.other) if one.other else (one.ecif_no,)


def previewed(asked: AskedPreview) -> Decision | None:
    """The decision a preview is asked of; None where a part of it is missing."""
    match asked:
        case AskedPreview(kind="merge", survivor=str(survivor), absorbed=str(absorbed)):
            return Merge(survivor, absorbed)
        case AskedPreview(kind="split", absorbed=str(absorbed)):
            return Split(absorbed)
        case AskedPreview(kind="move", system=str(system), customer_no=str(customer_no)):
            return Move(system, customer_no, asked.ecif_no or "")
        case AskedPreview(kind="no_match", one=str(one), other=str(other)):
            return NoMatch(one, other)
        case AskedPreview(kind="pin", ecif_no=str(number), attribute=str(attribute)) if asked.value:
            return Pin(number, attribute, asked.value)
        case AskedPreview(kind="unpin", ecif_no=str(number), attribute=str(attribute)):
            return Unpin(number, attribute)
        case AskedPreview(kind="withdraw", system=str(system), customer_no=str(customer_no)):
            return Withdraw(system, customer_no)
    return None
