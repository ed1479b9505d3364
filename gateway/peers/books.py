"""The books of one bank system: its customers, what it last said of each, and the pushes it took.

No sockets and no hub logic: this is what a mainframe or a loan system does with its own files. A push is
taken once however often it comes, and never after a newer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.codec import Fields
from gateway.peers.forms import Form
from gateway.peers.letters import Answer, Letter
from gateway.peers.page import Page
from gateway.peers.population import Step


@dataclass
class Record:
    """One customer number."""

    customer_no: str
    page: Page = field(default_factory=Page)
    seq: int = 0
    ecif_no: str = ""
    ecif_no_as_of: int = 0
    """The version in which it was told."""
    version: int = 0
    """Of the newest push applied."""
    sent: Letter | None = None
    """Its last accepted message, and what was answered."""
    answered: Answer | None = None


@dataclass(frozen=True)
class Taken:
    """What a push is answered."""

    code: str
    version: int
    new: bool = True


class Books:
    def __init__(self, form: Form) -> None:
        self._form = form
        self.records: dict[str, Record] = {}
        self._renumbered: dict[str, str] = {}
        self._pushes: dict[str, Taken] = {}
        self._accounts = 0

    def __repr__(self) -> str:
        return f"<Books {len(self.records)} records, {len(self._pushes)} pushes>"

    def image(self, step: Step) -> Fields:
        """Do what the step says and write the full image, the next seq in it."""
        record = self.records.setdefault(step.customer_no, Record(step.customer_no))
        marks = self._form.enter(record.page, step.changes)
        for _ in range(step.accounts):
            self._accounts += 1
            self._form.open_account(record.page, self._accounts)
        if step.related:
            self._form.relate(record.page, step.related)
        record.seq += 1
        return self.written(record, record.seq, marks)

    def written(self, record: Record, seq: int, marks: Page | None = None) -> Fields:
        content = self._form.image(record.page, marks or Page())
        if self._form.by_hub:
            return content | ({self._form.number: record.ecif_no} if record.ecif_no else {})
        return content | {self._form.number: record.customer_no, self._form.seq: seq}

    def renumber(self, old: str, new: str) -> int:
        """Move the record; gives the seq to tell."""
        record = self.records[new] = self.records.pop(old)
        record.customer_no = new
        self._renumbered[old] = new
        record.seq += 1
        return record.seq

    def number_now(self, number: str) -> str:
        """The number a customer has now that was once known by this one."""
        return self._renumbered.get(number, number)

    def take_push(self, push_id: str, ecif_no: str, version: int, pushed: Mapping[str, Any]) -> Taken:
        if push_id in self._pushes:
            taken = self._pushes[push_id]
            return Taken(taken.code, taken.version, new=False)
        taken = self._pushes[push_id] = self._apply(ecif_no, version, pushed)
        return taken

    def knows(self, push_id: str) -> bool:
        return push_id in self._pushes

    def _apply(self, ecif_no: str, version: int, pushed: Mapping[str, Any]) -> Taken:
        number = str(pushed.get(self._form.number, ""))
        record = self.records.get(self.number_now(number))
        if record is None:
            return Taken("2001", 0)
        if version < record.version:
            return Taken("0003", record.version)
        self._form.apply(record.page, pushed)
        record.version = version
        self._told(record, ecif_no, version)
        return Taken("0000", version)

    def answered(self, customer_no: str, sent: Letter, answer: Answer) -> None:
        """Its own image was accepted, and with the reply it learns the ECIF number."""
        record = self.records[customer_no]
        record.sent, record.answered = sent, answer
        self._told(record, answer.ecif_no, answer.version)

    def _told(self, record: Record, ecif_no: str, version: int) -> None:
        """Replies and pushes on different lines may overtake each other."""
        if ecif_no and version >= record.ecif_no_as_of:
            record.ecif_no, record.ecif_no_as_of = ecif_no, version
