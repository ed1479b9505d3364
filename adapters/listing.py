"""Relations and holdings of an answer: the hub's lists → rows of the system's own.

An answer has them where its layout has their list. `adapters.lists` reads them.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from adapters.codes import CodeTable
from adapters.declaration.customer import Coded, Constant, HoldingsSection, RelationsSection
from adapters.mapping import CustomerMap
from ecif.model import Holding, Relation
from formats.codec import Fields, Path


class ListWriter:
    """Built once for a message type."""

    __slots__ = ("_holdings", "_relations", "_tables")

    def __init__(self, mapped: CustomerMap, paths: Collection[Path]) -> None:
        there = set(paths)
        holdings, relations = mapped.holdings, mapped.relations
        self._holdings = holdings if holdings and (holdings.list,) in there else None
        self._relations = relations if relations and (relations.list,) in there else None
        self._tables = mapped.tables

    def __bool__(self) -> bool:
        return self._holdings is not None or self._relations is not None

    def write(
        self,
        holdings: tuple[tuple[str, Holding], ...] | None,
        relations: tuple[tuple[Relation, str], ...] | None,
    ) -> Fields:
        fields: Fields = {}
        if self._holdings is not None and holdings is not None:
            section = self._holdings
            fields[section.list] = [self._holding(section, *entry) for entry in holdings]
        if self._relations is not None and relations is not None:
            listed = self._relations
            fields[listed.list] = [self._relation(listed, *entry) for entry in relations]
        return fields

    def _holding(self, at: HoldingsSection, system: str, holding: Holding) -> Fields:
        row: Fields = {at.number: holding.number}
        if not isinstance(at.kind, Constant):
            self._code(at.kind, holding.kind, row)
        self._code(at.ccy, holding.ccy, row)
        self._code(at.status, holding.status, row)
        _put(at.system, system, row)
        _put(at.product, holding.product, row)
        _put(at.amount, Decimal(holding.amount) if holding.amount else None, row)
        _put(at.opened.field if at.opened else None, holding.opened, row)
        return row

    def _relation(self, at: RelationsSection, relation: Relation, ecif_no: str) -> Fields:
        row: Fields = {at.name: relation.name}
        self._code(at.type, relation.type, row)
        _put(at.ecif_no, ecif_no, row)
        if relation.document is not None:
            self._code(at.document_type, relation.document[0], row)
            _put(at.document_number, relation.document[1], row)
        _put(at.share, Decimal(relation.share) if relation.share else None, row)
        return row

    def _code(self, coded: Coded | None, standard: str | None, row: Fields) -> None:
        if coded is not None and standard:
            table: CodeTable = self._tables[coded.codes]
            _put(coded.field, table.write(standard), row)


def _put(field: str | None, value: Any, row: Fields) -> None:
    if field is not None and value not in (None, ""):
        row[field] = value
