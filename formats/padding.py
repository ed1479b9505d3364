"""Text with everything about its padding declared: character, side, whether it is taken off, what is blank.

    Padded(10, charset("ascii"), pad="0", side="left", nulls=("blank", "zeros"), clear="-")

| null | reads as blank |
|---|---|
| `blank` | nothing but padding (always) |
| `low`, `high` | all X'00', all X'FF' |
| `zeros` | all digits 0 |
| `spaces` | all spaces, where the padding is another character |

Blank is written as padding, or as the first of `low`, `high`, `zeros`, `spaces` in `write_blank`. `clear`
is what this system writes for the clear mark; the value is always "*".
"""

from collections.abc import Collection
from typing import Any, Literal

from formats.charsets.charset import Charset
from formats.errors import DeclarationError, Refused
from formats.numerals import CLEAR
from formats.scalars import Text, text_bytes

Null = Literal["low", "high", "zeros", "spaces"]
Side = Literal["left", "right"]


class Padded(Text):
    def __init__(
        self, width: int, charset: Charset, kind: str = "text", *, pad: str = " ", side: Side = "right",
        trim: bool = True, nulls: Collection[Null] = (), write_blank: Null | None = None, clear: str = CLEAR,
    ) -> None:  # fmt: skip
        super().__init__(width, charset, kind)
        self._pad = charset.encode(pad)
        if len(pad) != 1 or len(self._pad) != 1:
            raise DeclarationError(f"{pad!r} is not one character of one byte", key="pad")
        self._left, self._trim, self._clear = side == "left", trim, clear
        forms = {"low": b"\0", "high": b"\xff", "zeros": charset.encode("0"), "spaces": charset.encode(" ")}
        self._nulls = frozenset(forms[null] * width for null in nulls)
        self._written_blank = (forms[write_blank] if write_blank else self._pad) * width

    def read(self, data: bytes) -> str:
        if data in self._nulls:
            return ""
        stripped = data.lstrip(self._pad) if self._left else data.rstrip(self._pad)
        if not stripped:
            return ""
        text = self.charset.decode(stripped)
        if text == self._clear:
            return CLEAR
        return text if self._trim else self.charset.decode(data)

    def write(self, value: Any) -> bytes:
        if value is None or value == "":
            return self._written_blank
        data = text_bytes(self._clear if value == CLEAR else value, self.charset)
        if len(data) > self.size:
            raise Refused(f"over {self.size} bytes")
        return data.rjust(self.size, self._pad) if self._left else data.ljust(self.size, self._pad)

    def fit(self, text: str) -> str:
        return self.read(self.write(self.charset.decode(self.charset.cut(text, self.size))))
