"""Relations and holdings: complete lists, so an entry that is missing has ended.

None is a list that was not sent. An entry that names nobody and nothing says nothing and is passed over.
"""

from decimal import Decimal
from typing import Any

from adapters.codes import CodeTable
from adapters.declaration.customer import Coded, Constant, Dated, HoldingsSection, RelationsSection
from adapters.mapping import CLEAR, CLEAR_DATE, CustomerMap
from adapters.reading import Problems, read_code
from adapters.refusals import BLANK, BLANK_RULE, CLEARED_RULE, Problem
from adapters.texts import plain_text
from ecif.model import Holding, Relation
from formats.codec import Fields, Path


class ListReader:
    """Built once for a system."""

    __slots__ = ("_holdings", "_relations", "_tables")

    def __init__(self, mapped: CustomerMap) -> None:
        self._relations = mapped.relations
        self._holdings = mapped.holdings
        self._tables = mapped.tables

    def relations(self, fields: Fields, problems: Problems) -> tuple[Relation, ...] | None:
        section = self._relations
        entries = fields.get(section.list) if section else None
        if section is None or entries is None:
            return None
        read = (
            self._relation(section, entry, (section.list, index), problems)
            for index, entry in enumerate(entries)
        )
        return tuple(relation for relation in read if relation is not None)

    def holdings(self, fields: Fields, problems: Problems) -> tuple[Holding, ...] | None:
        section = self._holdings
        entries = fields.get(section.list) if section else None
        if section is None or entries is None:
            return None
        read = (
            self._holding(section, entry, (section.list, index), problems)
            for index, entry in enumerate(entries)
        )
        return tuple(holding for holding in read if holding is not None)

    def _relation(
        self, section: RelationsSection, entry: Fields, path: Path, problems: Problems
    ) -> Relation | None:
        type = self._code(section.type, entry, path, problems)
        name = _text(section.name, entry)
        document = self._document(section, entry, path, problems)
        if name is None and document is None:
            return None
        if not type:
            problems.append(Problem(BLANK, (*path, section.type.field), BLANK_RULE))
        return Relation(type or "", name or "", document, _amount(section.share, entry))

    def _document(
        self, section: RelationsSection, entry: Fields, path: Path, problems: Problems
    ) -> tuple[str, str] | None:
        if section.document_type is None:
            return None
        known = len(problems)
        type = self._code(section.document_type, entry, path, problems)
        number = _text(section.document_number, entry)
        if number is None:
            return None
        if not type and len(problems) == known:
            problems.append(Problem(BLANK, (*path, section.document_type.field), BLANK_RULE))
        return (type or "", number)

    def _holding(
        self, section: HoldingsSection, entry: Fields, path: Path, problems: Problems
    ) -> Holding | None:
        kind = (
            section.kind.constant
            if isinstance(section.kind, Constant)
            else self._code(section.kind, entry, path, problems)
        )
        ccy = self._code(section.ccy, entry, path, problems)
        status = self._code(section.status, entry, path, problems)
        for coded in section.check:
            self._code(coded, entry, path, problems)
        for field in section.required:
            if entry.get(field, "") in ("", None, CLEAR):
                rule = CLEARED_RULE if entry.get(field) == CLEAR else BLANK_RULE
                problems.append(Problem(BLANK, (*path, field), rule))
        number = _text(section.number, entry)
        if number is None:
            return None
        product = _text(section.product, entry)
        amount, opened = _amount(section.amount, entry), _date(section.opened, entry)
        return Holding(kind or "", number, product, ccy, amount, opened, status)

    def _code(self, coded: Coded | None, entry: Fields, path: Path, problems: Problems) -> str | None:
        if coded is None:
            return None
        table: CodeTable = self._tables[coded.codes]
        own = entry.get(coded.field, "")
        if own and own != CLEAR and (known := table.read(own)):
            return known
        code = read_code(table, own, (*path, coded.field), problems)
        return None if code in ("", CLEAR) else code


def _text(field: str | None, entry: Fields) -> str | None:
    own: Any = entry.get(field, "") if field else ""
    return None if own in ("", None, CLEAR) else plain_text(own)


def _date(dated: Dated | None, entry: Fields) -> str | None:
    own = _text(dated.field, entry) if dated else None
    return None if own == CLEAR_DATE else own


def _amount(field: str | None, entry: Fields) -> str | None:
    own = entry.get(field) if field else None
    return f"{own:.2f}" if isinstance(own, Decimal) else None
