"""What an examination pushes: an invented customer, in the form that the system writes.

Made as the hub makes a push: a golden record, what the system's layout takes of it
(`ecif.reconcile.desired`), the dialect's bytes. The identity number has a right check digit and belongs to
nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.dialect import SystemDialect
from ecif.model import Golden, Push, SourceRecord, Survivor, Value
from ecif.reconcile.desired import wanted
from gateway.examples import ECIF_NO

_PERSON: Mapping[str, Value] = {
    "kind": "person",
    "name": "李小明",
    "born": "19900307",
    "gender": "female",
    "email": "li@example.com",
    "document:resident_id": ("110101199003074426", "20350614"),
    "phone:mobile": "13900000001",
    "address:home": ("北京市东城区试验路2号", "100010"),
}
_ORGANIZATION: Mapping[str, Value] = {
    "kind": "organization",
    "name": "试验公司",
    "born": "20010307",
    "email": "office@example.com",
    "document:uscc": ("91110105MA0TE5T40A", "20350614"),
    "address:registered": ("北京市东城区试验路2号", "100010"),
}
_CUSTOMERS = {"person": _PERSON, "organization": _ORGANIZATION}


@dataclass(frozen=True)
class Letter:
    """A push to send."""

    id: str
    body: bytes


class Customer:
    """The one under whose number everything is pushed."""

    def __init__(self, dialect: SystemDialect, number: str, kind: str) -> None:
        self.dialect, self.number, self.kind = dialect, number, kind

    def push(self, version: int, now: int, *, number: str = "", without: str = "") -> Letter:
        """`without`: an attribute that is withdrawn with its clear mark."""
        values = {name: value for name, value in self._values().items() if value is not None}
        said: Mapping[str, Value | None] = values | ({without: None} if without else {})
        id, of = self.dialect.new_id(now), number or self.number
        push = Push(id, now, ECIF_NO, version, of, self.kind, said)
        return Letter(id, self.dialect.push_bytes(push))

    def _values(self) -> Mapping[str, Value | None]:
        since = {name: Survivor(value, 0, "", "", "only") for name, value in _CUSTOMERS[self.kind].items()}
        record = SourceRecord(self.dialect.name, self.number, ECIF_NO)
        return wanted(record, Golden(since), self.dialect)

    def clearable(self) -> str:
        """A single value that the layout carries and can withdraw."""
        values = self.dialect.sections.customer.values
        carried = self._values()
        names = (name for name in ("email", "born", "gender") if name in values and values[name].clear)
        return next((name for name in names if carried.get(name) is not None), "")
