"""The rights of the person, within scope: what the API's routes and the console both call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection

from ecif.store import privacy as rows
from ecif.store.privacy import Consent
from ocrm_api import tags
from ocrm_api.access.identity import Staff
from ocrm_api.parties import past, reading
from ocrm_api.parties.reading import Elsewhere, maybe_moment, moment
from ocrm_api.parties.schema import Message
from ocrm_api.privacy.schema import (
    PURPOSES,
    ConsentAnswer,
    ExportAnswer,
    PrivacyAnswer,
    RestrictionAnswer,
)
from ocrm_api.source import Source
from ocrm_api.trail.entry import now

PAGE = 500
MOST = 100
"""Pages of history or messages in one export."""
LookedAt: TypeAlias = Callable[[PrivacyAnswer], None]
"""Raises where what it is told is not what was looked at when the change was decided."""


class Privacy:
    def __init__(self, source: Source) -> None:
        self._source = source

    def told(self, ecif_no: str, staff: Staff) -> PrivacyAnswer:
        numbers = self._numbers(ecif_no, staff)
        with self._source.store().reading() as connection:
            return _told(connection, numbers)

    def consent(
        self, ecif_no: str, staff: Staff, looked_at: LookedAt, *, purpose: str, given: bool, notice: str,
        channel: str, reason: str,
    ) -> PrivacyAnswer:  # fmt: skip
        """Given anew it is recorded anew; withdrawn, all that are in force end."""
        numbers = self._numbers(ecif_no, staff)
        actor, at = staff.because(reason).name, now()
        staff.note(purpose=purpose, given=given)
        with self._held(numbers, looked_at) as connection:
            if given:
                rows.give(connection, ecif_no, Consent(purpose, at, notice, channel, actor[:80], 0, ""))
            else:
                rows.withdraw(connection, numbers, purpose, actor, at)
        return self.told(ecif_no, staff)

    def restrict(
        self, ecif_no: str, staff: Staff, looked_at: LookedAt, *, restricted: bool, reason: str
    ) -> PrivacyAnswer:
        numbers = self._numbers(ecif_no, staff)
        actor = staff.because(reason).name
        staff.note(restricted=restricted)
        with self._held(numbers, looked_at) as connection:
            if restricted:
                rows.restrict(connection, ecif_no, actor, reason, now())
            else:
                rows.lift(connection, numbers)
        return self.told(ecif_no, staff)

    def export(self, ecif_no: str, staff: Staff) -> ExportAnswer:
        """Clear where the reader's role may see it so, with the reason that was stated."""
        store = self._source.store()
        head, merged = reading.resolved(store, ecif_no, staff)
        return ExportAnswer(
            ecif_no=head.ecif_no,
            former_numbers=sorted(one.ecif_no for one in merged),
            made_at=datetime.now(UTC),
            values=reading.golden_values(head.golden, staff),
            relations=reading.related(head.golden, staff),
            records=reading.records(store, ecif_no, staff),
            holdings=reading.holdings(store, ecif_no, staff).items,
            recipients=reading.sync(store, ecif_no, staff),
            history=self._history(ecif_no, staff),
            messages=self._messages(ecif_no, staff),
            privacy=self.told(ecif_no, staff),
        )

    def erase(self, ecif_no: str, staff: Staff, *, expected: int, reason: str) -> tuple[str, ...]:
        reading.resolved(self._source.store(), ecif_no, staff)
        actor = staff.because(reason).name
        return self._source.act(
            lambda service: service.erase(ecif_no, actor=actor, reason=reason, now=now(), expected=expected)
        )

    def _numbers(self, ecif_no: str, staff: Staff) -> list[str]:
        """Its own, then those merged into it."""
        head, merged = reading.resolved(self._source.store(), ecif_no, staff)
        return [head.ecif_no, *(one.ecif_no for one in merged)]

    @contextmanager
    def _held(self, numbers: list[str], looked_at: LookedAt) -> Iterator[Connection]:
        """To change what `looked_at` agrees to, and what stays so until the change is made."""
        with self._source.store().claiming() as connection:
            head = rows.hold(connection, numbers[0])
            if head != numbers[0]:
                raise Elsewhere(head)
            looked_at(_told(connection, numbers))
            yield connection

    def _history(self, ecif_no: str, staff: Staff) -> list[past.Happened]:
        found: list[past.Happened] = []
        cursor = ""
        for _ in range(MOST):
            page = past.timeline(self._source.store(), ecif_no, staff, cursor, PAGE)
            found += page.items
            cursor = page.next or ""
            if not cursor:
                break
        return found

    def _messages(self, ecif_no: str, staff: Staff) -> list[Message]:
        found: list[Message] = []
        before = None
        for _ in range(MOST):
            page, before = reading.messages(self._source.store(), ecif_no, staff, before=before, limit=PAGE)
            found += page
            if before is None:
                break
        return found


def tag(told: PrivacyAnswer) -> str:
    """What a consent or a restriction must name."""
    return tags.tag_of_content(told.consents, told.restriction)


def _told(connection: Connection, numbers: list[str]) -> PrivacyAnswer:
    given, restricted = rows.consents(connection, numbers), rows.restriction_of(connection, numbers)
    since, by, reason = restricted or (None, "", "")
    return PrivacyAnswer(
        purposes=dict(PURPOSES),
        consents=[_consent(one) for one in given],
        restriction=RestrictionAnswer(restricted is not None, maybe_moment(since), by, reason),
    )


def _consent(one: Consent) -> ConsentAnswer:
    return ConsentAnswer(
        one.purpose, moment(one.given_at), one.notice, one.channel, one.actor,
        maybe_moment(one.withdrawn_at or None), one.withdrawn_by,
    )  # fmt: skip
