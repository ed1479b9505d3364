"""Every scalar as a leaf of a hand-written struct, where construct itself has no such type.

    "BALANCE" / Leaf(Amount(Packed(15, signed=True), 2))

A leaf carries its scalar, so that what is declared of the field (kind, bytes, charset, decimals, blanks) is
known; its errors have construct's path and our rule, never the value. A member that is not given is blank.
"""

from io import BytesIO
from typing import Any

import construct as c

from formats.errors import DeclarationError, Refused
from formats.scalars import Scalar


class LeafError(Refused, c.ConstructError):
    """To construct one of its own errors, to us a rule."""

    def __init__(self, rule: str, path: str) -> None:
        Refused.__init__(self, rule)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}"


class Leaf(c.Construct):
    def __init__(self, scalar: Scalar) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not scalar.size:
            raise DeclarationError("a leaf has a size of its own", key="leaf")
        self.flagbuildnone = True
        self.scalar = scalar

    def _parse(self, stream: BytesIO, context: Any, path: str) -> Any:
        data = c.stream_read(stream, self.scalar.size, path)  # type: ignore[no-untyped-call]
        try:
            return self.scalar.read(data)
        except Refused as refused:
            raise LeafError(refused.rule, path) from None

    def _build(self, obj: Any, stream: BytesIO, context: Any, path: str) -> Any:
        try:
            stream.write(self.scalar.write(obj))
        except Refused as refused:
            raise LeafError(refused.rule, path) from None
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        return self.scalar.size
