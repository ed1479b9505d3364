"""A draft from a copybook: its records as they are, and a reply record that begins as they do."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from formats.copybook.items import RENAMES, Item
from formats.copybook.parse import records_of
from formats.errors import DeclarationError
from gateway.drafting.draft import Draft
from gateway.drafting.roles import DraftField, Guess, guess_roles

_FRAMING = ('kind = "binary_length"    # GUESS: nothing in a copybook says so', "size = 4", "limit = 32760")
_REPLY = """
           05  REPLY-TO              PIC X({size}).
           05  REPLY-CODE            PIC X(4).
           05  REPLY-ECIF-NO         PIC X(12).
           05  REPLY-VERSION         PIC S9(9) COMP.
           05  REPLY-TEXT            PIC X(60).
"""
_REPLY_FIELDS = {
    "reply_to": "REPLY-TO", "code": "REPLY-CODE", "ecif_no": "REPLY-ECIF-NO",
    "version": "REPLY-VERSION", "text": "REPLY-TEXT",
}  # fmt: skip


def draft_of_copybook(roots: Sequence[Item], path: Path, books: Sequence[Path], charset: str) -> Draft:
    """Raises DeclarationError."""
    records = records_of(list(roots))
    main = max(records, key=lambda root: root.size)
    head = list(_head(main))
    fields = list(_fields(main, {id(item) for item in head}))
    roles = guess_roles(fields)
    names = {roles.type.field.name, roles.id.field.name}
    last = max(at for at, item in enumerate(head) if item.name in names)
    types = _types(records, roles.type, main)
    reply = _other_type(set(types), roles.type.field.size)
    header = list(_written(head[: last + 1]))
    reply_book = [
        "      * DRAFTED: HOW THE HUB ANSWERS.",
        "       01  REPLY-MSG.",
        "           05  REPLY-HEADER.",
    ]
    text = "\n".join([*reply_book, *header]) + _REPLY.format(size=roles.id.field.size)
    return Draft(
        source=path.name,
        files={book.name: book.read_bytes() for book in (path, *books)} | {"hub-reply.cpy": text},
        framing=_FRAMING,
        codec=_codec(path, types, reply, roles.type.field.name, charset, fields),
        roles=roles,
        customer_type=next(type for type, name in types.items() if name == main.name),
        reply_type=reply,
        reply_fields=_REPLY_FIELDS,
    )


def _codec(
    path: Path, types: dict[str, str], reply: str, type_field: str, charset: str, fields: Sequence[DraftField]
) -> list[str]:
    kinds = [f'{one.name} = "{one.kind}"' for one in fields if one.kind in ("time", "date")]
    return [
        'family = "copybook"',
        f'charset = "{charset}"',
        'header = "hub-reply.cpy#REPLY-HEADER"',
        f'type_field = "{type_field}"',
        "",
        "[codec.records]",
        *(f'"{type}" = "{path.name}#{name}"' for type, name in types.items()),
        f'"{reply}" = "hub-reply.cpy#REPLY-MSG"',
        *(["", "[codec.kinds]", *dict.fromkeys(kinds)] if kinds else []),
    ]


def _head(root: Item) -> Iterator[Item]:
    """The elementary items before anything that repeats or is redefined."""
    redefined = {child.redefines for item in root.walk() for child in item.children}
    for item in root.walk():
        if item.occurs or item.redefines or item.name in redefined or item.level == RENAMES:
            return
        if not item.children:
            yield item


def _fields(root: Item, head: set[int]) -> Iterator[DraftField]:
    """Fields that stand in the record itself."""
    redefined = {child.redefines for item in root.walk() for child in item.children}
    for item in root.walk():
        alone = not any(above.occurs or above.redefines or above.name in redefined for above in _line(item))
        if alone and not item.children and not item.is_filler and item.level != RENAMES:
            values = [text for condition in item.conditions for text in condition.texts()]
            yield DraftField(item.name, _kind(item), item.size, id(item) in head, values)


def _line(item: Item) -> Iterator[Item]:
    at: Item | None = item
    while at is not None:
        yield at
        at = at.parent


def _kind(item: Item) -> Literal["text", "number", "time", "date"]:
    picture = item.picture
    if picture is None or picture.kind != "9":
        return "number" if picture is None else "text"
    whole = not picture.signed and not picture.decimals
    if whole and picture.length == 14:
        return "time"
    if whole and picture.length == 8 and any(part in item.name for part in _DATES):
        return "date"
    return "number"


_DATES = ("DATE", "BIRTH", "BORN", "FOUNDED", "EXPIR", "OPEN", "-DT", "DOB")


def _types(records: Sequence[Item], type: Guess, main: Item) -> dict[str, str]:
    """Type → record, as far as values tell; the main record always."""
    found: dict[str, str] = {}
    for root in records:
        item = next((one for one in root.walk() if one.name == type.field.name), None)
        values = (
            [value for value, _ in (pair for one in item.conditions for pair in one.values)] if item else []
        )
        values += [item.value] if item and item.value else []
        if item is not None and (values or root is main):
            value = values[0].strip() if values and values[0].strip() else "CUST"[: type.field.size]
            found.setdefault(value, root.name)
    if main.name not in found.values():
        found[_other_type(set(found), type.field.size)] = main.name
    return found


def _other_type(taken: set[str], size: int) -> str:
    for text in ("RP01", "R", *(f"R{n}" for n in range(100)), *map(str, "ABCDEFGHIJKLMNOPQSTUVWXYZ")):
        if len(text) <= size and text not in taken:
            return text
    raise DeclarationError("no type is left for the reply")


def _written(items: Sequence[Item]) -> Iterator[str]:
    """The same fields as COBOL text."""
    for item in items:
        if item.slack:
            yield f"               10  FILLER                PIC X({item.slack})."
        picture = f" PIC {item.picture.text}" if item.picture else ""
        usage = f" {item.usage}" if item.usage != "DISPLAY" else ""
        sign = f" SIGN {item.sign}{' SEPARATE' * item.separate}" if item.sign else ""
        yield f"               10  {item.name:<21}{picture}{usage}{sign}."
