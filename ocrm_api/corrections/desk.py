"""A correction within scope: what the API's route and the console's form both call."""

from collections.abc import Mapping

from ecif.corrections import check, correction
from ecif.messages import Reply
from ecif.model import Value
from ecif.stewardship import NotPossible
from ocrm_api.access.identity import Staff
from ocrm_api.parties.reading import visible
from ocrm_api.source import Source
from ocrm_api.trail.entry import now

TAKEN = {"0000": "applied", "0001": "unchanged", "0002": "review"}
"""Reply code → what became of it: a review asks a steward whether the customer is another one, too."""


class Corrections:
    def __init__(self, source: Source) -> None:
        self._source = source

    def correct(
        self, ecif_no: str, values: Mapping[str, Value | None], staff: Staff, *, reason: str, id: str,
        expected: int | None = None,
    ) -> tuple[Reply, str]:  # fmt: skip
        """(the reply, what became of it). Raises NotThere, NotCorrect, Changed, NotPossible."""
        visible(self._source.store(), [ecif_no], staff)
        for attribute, value in values.items():
            check(attribute, value)
        staff.note(corrected=sorted(values))
        at = now()
        command = correction(ecif_no, values, actor=staff.because(reason).name, reason=reason, id=id, now=at)
        reply = self._source.act(lambda service: service.correct(command, at, expected=expected))
        if reply.code not in TAKEN:
            raise NotPossible(f"the hub refused it: {reply.code} {reply.text}".rstrip())
        return reply, TAKEN[reply.code]
