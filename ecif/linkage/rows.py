"""Rows of a file into normalised values, as straight-line Python written from the model and compiled once.

Attributes often start from the same column and share their first steps (half width, no blanks …): each step
is done once a row. The common steps stand in place, the others are calls.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ecif.linkage.comparing import MANY, Values
from ecif.linkage.declaration import Attribute, MatchModel
from ecif.linkage.normalising import LOST_SIGNS, STEPS, resident, rewritten

Row: TypeAlias = Mapping[str, str]
RowReader: TypeAlias = Callable[[Row], Values]
_NO_BLANKS: Final = frozenset(
    ("no_spaces", "digits", "letters", "alphanumeric", "spaces", "punctuation", "date", "mobile",
     "resident_id", "checked", "birth_date", "sex", "personal", "number", "codes", "numbers", "sorted",
     "first_word", "last_word")
)  # fmt: skip
"""Steps after which no blank is at the ends."""
_IN_PLACE: Final = {
    "lower": "{0}.lower()",
    "upper": "{0}.upper()",
    "width": "({0} if {0}.isascii() else NFKC('NFKC', {0}))",
    "spaces": "' '.join({0}.split())",
    "no_spaces": "''.join({0}.split())",
    "no_leading_zeros": "{0}.lstrip('0')",
    "birth_date": "resident({0})[6:14]",
    "pinyin": "({0} if {0}.isascii() else pinyin({0}))",
    "look_alikes": "({0} if {0}.isascii() else look_alikes({0}))",
    "whole": "({0} if LOST.isdisjoint({0}) else '')",
    "date": "({0} if len({0}) == 8 and {0}.isdigit() and {0}.isascii() else date({0}))",
    "mobile": "({0} if len({0}) == 11 and {0}.isdigit() and {0}.isascii() else mobile({0}))",
}


def row_reader(declared: MatchModel, places: Mapping[str, int]) -> tuple[RowReader, str]:
    """The function and its source text."""
    writer = _Writer()
    found = [writer.attribute(name, one) for name, one in declared.attribute.items()]
    for name, one in declared.attribute.items():
        at = found[places[name]]
        for first, second in one.contradicted:
            x, y = found[places[first]], found[places[second]]
            writer.lines += [f"    if {at} and {x} and {y} and {x} != {y}: {at} = ''"]
    for name, one in declared.attribute.items():
        if one.otherwise is not None:
            at = found[places[name]]
            writer.lines += [f"    if not {at}: {at} = {found[places[one.otherwise]]}"]
    source = "\n".join(["def values(row):", *writer.lines, f"    return ({', '.join(found)},)"])
    exec(compile(source, "<match model>", "exec"), writer.known)
    values: RowReader = writer.known["values"]
    return values, source


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.known: dict[str, Any] = {"NFKC": unicodedata.normalize, "resident": resident, "LOST": LOST_SIGNS}
        self._names: dict[object, str] = {}

    def attribute(self, name: str, one: Attribute) -> str:
        """Lines that read it; gives the variable."""
        columns = one.columns or (one.column or name,)
        out = f"v{len(self._names)}"
        self._names[out, name] = out
        if one.several:
            self.known[f"many{out}"] = _many(one)
            texts = ", ".join(f"row[{column!r}]" for column in columns)
            self.lines += [f"    {out} = many{out}(({texts},))"]
            return out
        text = self._steps(columns, one.normalise)
        rewrite = {**one.replace, **dict.fromkeys(one.drop, "")}
        if rewrite:
            text = self._rewritten(rewrite, out, text)
        clean = one.normalise and one.normalise[-1] in _NO_BLANKS and not rewrite
        self.lines += [f"    {out} = {text}" if clean else f"    {out} = {text}.strip()"]
        if one.placeholders:
            self.known[f"nothing{out}"] = frozenset(one.placeholders)
            self.lines += [f"    if {out} in nothing{out}: {out} = ''"]
        if one.only:
            self.known[f"only{out}"] = re.compile(one.only).fullmatch
            self.lines += [f"    if {out} and not only{out}({out}): {out} = ''"]
        return out

    def _rewritten(self, words: Mapping[str, str], out: str, text: str) -> str:
        """What is no Latin word is replaced in place, wherever it stands."""
        if any(old.isascii() for old in words):
            self.known[f"rewrite{out}"] = rewritten(words)
            return f"rewrite{out}({text})"
        return text + "".join(f".replace({old!r}, {new!r})" for old, new in words.items())

    def _steps(self, columns: Sequence[str], steps: Sequence[str]) -> str:
        """The variable that holds the columns' text after these steps; each is done once."""
        key = (tuple(columns), tuple(steps))
        if key in self._names:
            return self._names[key]
        out = self._names[key] = f"s{len(self._names)}"
        if not steps:
            texts = [f"row[{column!r}]" for column in columns]
            plain = texts[0] if len(texts) == 1 else f"' '.join(({', '.join(texts)}))"
            self.lines += [f"    {out} = {plain}"]
            return out
        before, step = self._steps(columns, steps[:-1]), steps[-1]
        self.known[step] = STEPS[step]
        self.lines += [f"    {out} = {_IN_PLACE.get(step, f'{step}({{0}})').format(before)}"]
        return out


def _many(one: Attribute) -> Callable[[Sequence[str]], str]:
    """Several values, each once."""
    plain = one.model_copy(update={"split": "", "each": False, "columns": (), "column": "text"})
    writer = _Writer()
    found = writer.attribute("text", plain)
    source = "\n".join(["def clean(row):", *writer.lines, f"    return {found}"])
    exec(compile(source, "<match model>", "exec"), writer.known)
    clean: Callable[[Row], str] = writer.known["clean"]

    def read(texts: Sequence[str]) -> str:
        parts = [part for text in texts for part in (text.split(one.split) if one.split else (text,))]
        return MANY.join(dict.fromkeys(found for part in parts if (found := clean({"text": part}))))

    return read
