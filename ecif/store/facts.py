"""The multi-valued half of a customer as rows of its own: names, documents, contacts, addresses, lists.

The JSON beside `party` and in `source_record` is the truth; these tables are for searching and for people
with SQL. Long values are cut to the column.
"""

from collections.abc import Mapping
from functools import lru_cache

from ecif.identity import canonical_document, valid_document
from ecif.model import SourceRecord, Value
from ecif.store.base import WIDTH
from ecif.store.rows import Row
from ecif.store.schema import KEY_WIDTH, PRODUCT_WIDTH

Fact = tuple[str, str, str]
"""(table, first key, second key); unused keys are ""."""


@lru_cache(maxsize=1_024)
def fact_of(attribute: str) -> Fact | None:
    """Where the value of an attribute stands beside the JSON; None where it is only a column of `party`."""
    if attribute == "name":
        return "party_name", "", ""
    if attribute == "email":
        return "party_contact", "email", "email"
    family, _, key = attribute.partition(":")
    if family == "document":
        return "party_document", key, ""
    if family == "phone":
        return "party_contact", "phone", key
    if family == "address":
        return "party_address", key, ""
    return None


def fact_columns(fact: Fact, value: Value) -> Row:
    """The value's own columns."""
    table = fact[0]
    if table == "party_name":
        return {"name": str(value)[:WIDTH]}
    if table == "party_contact":
        return {"contact": str(value)[:WIDTH]}
    first, second = str(value[0])[:WIDTH], value[1]
    if table == "party_document":
        number = str(value[0])
        return {
            "document_no": first,
            "expiry": second and second[:8],
            "document_key": document_key(fact[1], number),
        }
    return {"line": first, "postcode": second and second[:20]}


def document_key(type: str, number: str) -> str | None:
    """What two ways of writing one document share; None where the number is no evidence of anybody."""
    if not valid_document(type, number):
        return None
    kind, plain = canonical_document(type, number)
    return f"{kind}:{plain}"[:KEY_WIDTH]


FACT_KEYS: Mapping[str, tuple[str, ...]] = {
    "party_name": (),
    "party_document": ("document_type",),
    "party_contact": ("kind", "used_for"),
    "party_address": ("used_for",),
}
LISTED_KEYS: Mapping[str, tuple[str, ...]] = {
    "party_relation": ("relation", "name", "document_type", "document_no", "share_percent"),
    "party_holding": ("kind", "holding_no"),
}

Listing = dict[tuple[str | None, ...], Row]
"""(table, key…) → columns."""


def listing(record: SourceRecord | None) -> Listing:
    """The complete lists of one record as rows of the tables of lists; the last of a key holds."""
    rows: Listing = {}
    if record is None:
        return rows
    for relation in record.relations.items if record.relations else ():
        kind, number = relation.document or (None, None)
        key = (relation.type, relation.name[:WIDTH] or None, kind, number and number[:WIDTH], relation.share)
        row: Row = dict(zip(LISTED_KEYS["party_relation"], key, strict=True))
        row["document_key"] = document_key(kind, number) if kind and number else None
        rows["party_relation", *key] = row
    for holding in record.holdings.items if record.holdings else ():
        rows["party_holding", holding.kind, holding.number] = {
            "kind": holding.kind,
            "holding_no": holding.number,
            "product": holding.product and holding.product[:PRODUCT_WIDTH],
            "ccy": holding.ccy,
            "amount": holding.amount,
            "opened": holding.opened,
            "status": holding.status,
        }
    return rows
