"""Copybook text → its records as trees of items, every one placed.

Understood is what compilers take in a record description: see `source` (reference format), `copying` (COPY,
REPLACE), `entries` (clauses), `pictures`, `usages`. Anything else is a `DeclarationError` with file and line,
never a guess. A copybook that begins below level 01 is taken as one record with the file's name.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from formats.copybook.copying import Library, expanded
from formats.copybook.entries import read_condition, read_item, read_renames
from formats.copybook.items import CONDITION, IBM, RECORD, RENAMES, STANDALONE, Compiler, Item
from formats.copybook.placing import place
from formats.copybook.source import Token, tokens_of
from formats.errors import DeclarationError


def parse_copybook(
    source: str, file: str = "", *, library: Library | None = None, compiler: Compiler = IBM
) -> list[Item]:
    """The 01 (and 77) items of a copybook."""
    library = library or Library()
    tokens = expanded(tokens_of(source, file, library.form), library)
    roots = _tree(_entries(tokens), Path(file).stem.upper() or "RECORD")
    if not roots:
        raise DeclarationError("no record in this copybook", file=file, line=1)
    for root in roots:
        place(root, compiler)
    return roots


def records_of(roots: list[Item]) -> list[Item]:
    """Without standalone items, unless there is nothing else."""
    return [root for root in roots if root.level != STANDALONE] or roots


def _entries(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    entry: list[Token] = []
    for token in tokens:
        if token.kind == "end":
            if entry:
                yield entry
            entry = []
        else:
            entry.append(token)
    if entry:
        raise entry[0].fault("no period at the end")


def _tree(entries: Iterable[list[Token]], name: str) -> list[Item]:
    roots: list[Item] = []
    last: Item | None = None
    for entry in entries:
        level = _level(entry[0])
        if level == CONDITION:
            if last is None:
                raise entry[0].fault("an 88 needs a field above it, a name and VALUE")
            last.conditions.append(read_condition(entry))
            continue
        item = read_renames(entry) if level == RENAMES else read_item(level, entry)
        _hang(item, last, roots, name)
        last = item
    return roots


def _hang(item: Item, last: Item | None, roots: list[Item], name: str) -> None:
    if item.level in (RECORD, STANDALONE):
        roots.append(item)
        return
    if not roots:
        roots.append(Item(RECORD, name, item.line, item.file))
    if item.level == RENAMES:
        item.parent = roots[-1]
        roots[-1].children.append(item)
        return
    above = last if last is not None and last.level != RENAMES else roots[-1]
    while above.level >= item.level and above.parent is not None:
        above = above.parent
    if above.level == STANDALONE:
        raise item.fault("stands below a 77")
    item.parent = above
    above.children.append(item)


def _level(token: Token) -> int:
    plain = token.word
    if not re.fullmatch(r"[0-9]{1,2}", plain) or not (1 <= int(plain) <= 49 or plain in ("66", "77", "88")):
        raise token.fault(f"no level: {token.text}")
    return int(plain)
