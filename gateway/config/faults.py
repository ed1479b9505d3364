"""What is wrong with a conf: file, line, key, rule and what to do. Never a value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.config.places import KeyPath


@dataclass(frozen=True, slots=True, order=True)
class ConfFault:
    file: str
    line: int
    """From 1; 0 where the whole file or folder is meant."""
    key: str
    rule: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}{' ' if self.key else ''}{self.key}: {self.rule}"


class ConfError(Exception):
    """All faults of a conf tree at once."""

    def __init__(self, faults: Iterable[ConfFault]) -> None:
        self.faults: Sequence[ConfFault] = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


def key_text(path: KeyPath) -> str:
    """As one would write it: `codec.records.CU01`, `tables.HEADER.rows[3]`."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def guess(word: str, known: Iterable[str]) -> str:
    """A hint where `word` looks like a slip of one that is known."""
    found = get_close_matches(word, list(known), n=1)
    return f"did you mean {found[0]}?" if found else "remove it"
