"""Documents whose original somebody has seen: who says so, and what that makes of other contributions.

A system that sends a document as verified contributes, beside the document, a **mark**: the attribute
`verified:<type>` with the number that was seen as its value. So a verification is a contribution like any
other: it has a since, is withdrawn, moves with its record and leaves with it.

A mark counts while its record carries no other document of that type. Then the step "verified" puts first,
for a document, what the record itself says of it, then whoever names the same number; for a name, birth date
and the like (where conf turns the step on) what such a record says. A mark alone, of a record that does not
carry the document, vouches for the number and for nothing else. In a golden record the mark stands as long as
the surviving document is one that was seen.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ecif.identity import canonical_document
from ecif.model import MARK, MARKS, Survivor
from ecif.steps import Said

_OWN: Final = 0
_SEEN: Final = 1
_NOT: Final = 2


class Verified(NamedTuple):
    """What is marked in one party."""

    records: frozenset[tuple[str, str]] = frozenset()
    """Records that carry a document they say was seen."""
    documents: frozenset[tuple[str, ...]] = frozenset()
    """(system, customer number, type, number) of those documents."""
    numbers: Mapping[tuple[str, str], tuple[Said, ...]] = {}
    """(type, number) that was seen → the marks that say so."""

    def rank(self, attribute: str, said: Said) -> int:
        value, _, *origin = said
        family, _, type = attribute.partition(":")
        if family != "document":
            return _OWN if tuple(origin) in self.records else _NOT
        document = canonical_document(type, str(value[0]))
        if (*origin, *document) in self.documents:
            return _OWN
        return _SEEN if document in self.numbers else _NOT

    def survivor(self, mark: str, document: Survivor | None) -> Survivor | None:
        """The mark of a golden record: whose it is, on the number as it survives."""
        if document is None:
            return None
        number = str(document.value[0])
        marks = self.numbers.get(canonical_document(mark.removeprefix(MARK), number))
        if not marks:
            return None
        _, since, system, customer_no = max(marks, key=_latest)
        return Survivor(number, since, system, customer_no, "only" if len(marks) == 1 else "latest")


NOTHING: Final = Verified()


def verified(said: Mapping[str, Sequence[Said]]) -> Verified:
    """Of the contributions of one party."""
    records: set[tuple[str, str]] = set()
    documents: set[tuple[str, ...]] = set()
    numbers: dict[tuple[str, str], list[Said]] = {}
    for mark in sorted(MARKS & said.keys()):
        type = mark.removeprefix(MARK)
        carried = {
            one[2:]: canonical_document(type, str(one[0][0])) for one in said.get(f"document:{type}", ())
        }
        for one in said[mark]:
            document, origin = canonical_document(type, str(one[0])), one[2:]
            if carried.get(origin, document) != document:
                continue
            numbers.setdefault(document, []).append(one)
            if origin in carried:
                records.add(origin)
                documents.add((*origin, *document))
    found = {document: tuple(marks) for document, marks in numbers.items()}
    return Verified(frozenset(records), frozenset(documents), found)


def _latest(said: Said) -> tuple[int, str, str]:
    return said[1:]
