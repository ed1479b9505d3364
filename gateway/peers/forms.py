"""One system's own customer form: how its clerks write what they know, and how it takes what it is pushed.

Read from the sections [customer], [codes] and [messages] of the system's conf, and nothing else: a peer plays
a bank system, so it has its own idea of a customer and must not share the hub's (`adapters`, `ecif`).

What a push means is the sheets' common rule: a blank says nothing, the clear mark empties, an entry replaces
the one with the same key (or the only one) as a whole, except that a blank expiry or postcode beside the same
number or line stays in force.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecif.model import Value
from formats.codec import Codec, Fields
from gateway.peers.page import CLEAR, Box, Entry, Page, boxes_of, entries_of

IMAGES = ("customer", "open")
"""Roles of messages that say all of a customer."""
TESTED_ON = "20250630"
"""The day of every risk test in that bank."""


class Form:
    def __init__(self, sections: Mapping[str, Any], codec: Codec) -> None:
        self._codec = codec
        self._codes = sections.get("codes", {})
        customer = sections["customer"]
        self.number, self.seq = str(customer["number"]), str(customer["seq"])
        self.boxes = tuple(boxes_of(customer, self._codes))
        self.entries = tuple(entries_of(customer, self._codes))
        image = next(t for t, m in sections["messages"].items() if m["role"] in IMAGES)
        self.image_type = image
        self.relations, self.holdings = (
            how if how and (how["list"],) in codec.paths(image) else None
            for how in (customer.get("relations"), customer.get("holdings"))
        )
        places = (
            (entry.list,) if entry.list else (entry.key, entry.number, entry.extra) for entry in self.entries
        )
        self._own = {box.field for box in self.boxes} | {name for names in places for name in names}
        self.by_hub = customer.get("numbered_by") == "hub"
        """Whether its customers go by their ECIF number, and its changes without one."""
        self.kind = next((box for box in self.boxes if box.attribute == "kind"), None)

    def has_unknown_kind(self, pushed: Fields) -> bool:
        """Whether the party kind, which every push has, is written with a code that is in no table."""
        if self.kind is None or self.kind.codes is None or pushed.get(self.kind.field) in (None, "", CLEAR):
            return False
        return not any(pushed[self.kind.field] in owns for owns in self.kind.codes.values())

    # --- a clerk writes -----------------------------------------------------------------------------------

    def enter(self, page: Page, changes: Mapping[str, Value | None]) -> Page:
        """Write what can be written; gives the clear marks that the next image must carry."""
        marks = Page()
        for box in sorted(self.boxes, key=lambda box: box.attribute != "kind"):
            if box.attribute in changes and box.only in ("", self._kind(page)):
                self._enter_box(page, marks, box, changes[box.attribute])
        for entry in self.entries:
            self._enter_entries(page, marks, entry, changes)
        return marks

    def _enter_box(self, page: Page, marks: Page, box: Box, value: Value | None) -> None:
        if value is not None:
            written = self._written(box, str(value))
            if written is not None:
                page.values[box.field] = written
                page.values |= {box.since: TESTED_ON} if box.since else {}
        elif page.values.pop(box.field, "") != "":
            marks.values[box.field] = box.clear

    def _enter_entries(
        self, page: Page, marks: Page, entry: Entry, changes: Mapping[str, Value | None]
    ) -> None:
        for attribute, value in changes.items():
            family, _, key = attribute.partition(":")
            code = self._key_code(page, entry, key)
            if family != entry.family or code is None:
                continue
            if value is None:
                self._withdraw(page, marks, entry, code)
            else:
                self._replace(page, entry, self._row(entry, code, value))
                if not entry.list:
                    return  # one place: what is known first stands there

    def _key_code(self, page: Page, entry: Entry, key: str) -> Any:
        if not entry.key:
            return "" if entry.by_kind.get(self._kind(page)) == key else None
        return key if entry.codes is None else next(iter(entry.codes.get(key, ())), None)

    def _row(self, entry: Entry, code: Any, value: Value) -> Fields:
        number, extra = (value, None) if isinstance(value, str) else (value[0], value[1])
        row: Fields = {entry.key: code} if entry.key else {}
        row[entry.number] = self._fit(entry.list, entry.number, str(number))
        if entry.extra:
            row[entry.extra] = extra or ""
        return row

    def _withdraw(self, page: Page, marks: Page, entry: Entry, code: Any) -> None:
        gone = {entry.key: code} if entry.key else {}
        if entry.list:
            if page.entries.get(entry.list, {}).pop(code, None):
                marks.entries.setdefault(entry.list, {})[code] = gone | {entry.number: CLEAR}
        elif page.values.get(entry.number, "") and page.values.get(entry.key, "") == gone.get(entry.key, ""):
            self._empty(page, entry)
            marks.values |= gone | {entry.number: CLEAR}

    def _written(self, box: Box, value: str) -> Any:
        if box.codes is not None:
            return next(iter(box.codes.get(value) or box.codes.get("other", ())), None)
        if box.type == "amount":
            return Decimal(value)
        return value if box.type else self._fit("", box.field, value)

    def _fit(self, rows: str, name: str, text: str) -> str:
        return self._codec.fit(self.image_type, (rows, name) if rows else (name,), text)

    def _kind(self, page: Page) -> str:
        if self.kind is None:
            return ""
        code = page.values.get(self.kind.field)
        return next((kind for kind, codes in (self.kind.codes or {}).items() if code in codes), "")

    def open_account(self, page: Page, number: int) -> None:
        """A holding of the kind this system keeps, if it keeps any."""
        if how := self.holdings:
            kind = how["kind"]
            amount = Decimal(number * 104_729 % 30_000_000) / 100
            row: Fields = {how["number"]: self._account_no(how, number), how["product"]: "PL01"}
            row |= {how["amount"]: amount} if "amount" in how else {}
            row |= {how["ccy"]["field"]: "CNY"} if "ccy" in how else {}
            row |= {how["opened"]["field"]: "20200101"} if "opened" in how else {}
            row[how["status"]["field"]] = self._codes[how["status"]["codes"]]["active"][0]
            if "field" in kind:
                row[kind["field"]] = next(iter(self._codes[kind["codes"]].values()))[0]
            for check in how.get("check", ()):
                row[check["field"]] = next(iter(self._codes[check["codes"]].values()))[0]
            page.lists.setdefault(how["list"], []).append(row)

    def _account_no(self, how: Mapping[str, Any], number: int) -> str:
        """As long as the system has room for; a product code where it has little."""
        long = f"62{number:017d}"
        return long if self._fit(how["list"], how["number"], long) == long else f"P{number:08d}"

    def relate(self, page: Page, name: str) -> None:
        """A guarantor of that name, where the system keeps relations."""
        if how := self.relations:
            row = {how["type"]["field"]: self._codes[how["type"]["codes"]]["guarantor"][0], how["name"]: name}
            page.lists.setdefault(how["list"], []).append(row)

    # --- it says all it knows -----------------------------------------------------------------------------

    def image(self, page: Page, marks: Page) -> Fields:
        """The fields of a full image."""
        fields = page.values | marks.values
        for entry in self.entries:
            if entry.list:
                rows = page.entries.get(entry.list, {}) | marks.entries.get(entry.list, {})
                fields[entry.list] = [dict(row) for row in rows.values()]
        for section in (self.relations, self.holdings):
            if section:
                fields[section["list"]] = [dict(row) for row in page.lists.get(section["list"], [])]
        return fields

    def identity(self, page: Page) -> tuple[str, Any, str] | None:
        """Name, type code and number of its first document."""
        name = next(page.values.get(box.field, "") for box in self.boxes if box.attribute == "name")
        for entry in self.entries:
            rows = page.entries.get(entry.list, {}).values() if entry.list else [page.values]
            for row in rows:
                if entry.family == "document" and row.get(entry.number):
                    return name, row[entry.key], row[entry.number]
        return None

    # --- it is pushed -------------------------------------------------------------------------------------

    def apply(self, page: Page, pushed: Mapping[str, Any]) -> None:
        for box in self.boxes:
            value = pushed.get(box.field, "")
            if value == box.clear:
                page.values.pop(box.field, None)
            elif value != "":
                page.values[box.field] = value
                page.values |= {box.since: pushed.get(box.since, "")} if box.since else {}
        for entry in self.entries:
            for row in pushed.get(entry.list) or () if entry.list else (pushed,):
                self._apply_entry(page, entry, row)

    def _apply_entry(self, page: Page, entry: Entry, row: Mapping[str, Any]) -> None:
        number = row.get(entry.number, "")
        if number == CLEAR:
            if entry.list:
                page.entries.get(entry.list, {}).pop(row.get(entry.key), None)
            else:
                self._empty(page, entry)
        elif number != "":
            self._replace(page, entry, row)

    def _replace(self, page: Page, entry: Entry, row: Mapping[str, Any]) -> None:
        names = [name for name in (entry.key, entry.number, entry.extra) if name]
        new = {name: row.get(name, "") for name in names}
        held = (
            page.entries.setdefault(entry.list, {}).get(new.get(entry.key), {}) if entry.list else page.values
        )
        if entry.extra and new[entry.extra] == "" and held.get(entry.number) == new[entry.number]:
            new[entry.extra] = held.get(entry.extra, "")
        if entry.extra and new[entry.extra] == entry.extra_clear:
            new[entry.extra] = ""
        if entry.list:
            page.entries[entry.list][new.get(entry.key)] = new
        else:
            page.values |= new

    def _empty(self, page: Page, entry: Entry) -> None:
        for name in (entry.key, entry.number, entry.extra):
            page.values.pop(name, None)

    def owns(self, name: str) -> bool:
        """Whether a push field is part of the customer (and not of the envelope)."""
        return name in self._own

    # --- does it hold what it should? ---------------------------------------------------------------------

    def differences(self, page: Page, expected: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
        """Those of `fields` (the push layout's) whose value on the page is another than in `expected`."""
        found = []
        for name in fields:
            if any(entry.list == name for entry in self.entries):
                same = _by_key(page.entries.get(name, {}).values()) == _by_key(expected.get(name) or ())
            else:
                same = _plain(page.values.get(name, "")) == _plain(expected.get(name, ""))
            found += [] if same else [name]
        return found


def _plain(value: Any) -> str:
    return str(value)


def _by_key(rows: Any) -> list[list[tuple[str, str]]]:
    return sorted(sorted((name, _plain(value)) for name, value in row.items() if value != "") for row in rows)
