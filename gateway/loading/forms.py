"""Which form a file has, seen from its beginning: that in which most of the first records can be read."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TypeAlias, get_args

from formats.codec import Codec
from formats.copybook.files import BrokenFile, Form
from formats.errors import FormatError
from formats.framing import Framing
from formats.layout import Layout, sizes_of
from gateway.loading.columns import UnknownColumns, rows
from gateway.loading.pieces import Piece, framed, records

FileForm: TypeAlias = Literal["framed", "fixed", "rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "lines", "csv"]
LOOKED_AT = 20
_IN_ORDER: tuple[Form, ...] = ("rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "fixed", "lines")
assert set(_IN_ORDER) == set(get_args(Form))


class UnknownForm(Exception):
    """The text is for users."""


class Shape(NamedTuple):
    """How a file is to be read."""

    form: FileForm
    length: int = 0
    """Of fixed records."""


class Files:
    """Opens the files of one system."""

    def __init__(self, framing: Framing, codec: Codec, type: str) -> None:
        self._framing, self._codec, self._type = framing, codec, type
        self._sizes = _sizes(codec, type)

    def shape(self, path: Path, form: FileForm | None, length: int) -> Shape:
        """As told, or as seen. Raises UnknownForm."""
        if form == "fixed" and not length:
            return self._best(path, [Shape("fixed", size) for size in self._sizes]) or self._largest()
        if form is not None:
            return Shape(form, length)
        if path.suffix.lower() == ".csv" or not path.stat().st_size:
            return Shape("csv" if path.stat().st_size else "framed")
        candidates = [Shape("framed")]
        for one in _IN_ORDER:
            sizes = ([length] if length else self._sizes) if one == "fixed" else [0]
            candidates += [Shape(one, size) for size in sizes]
        found = self._best(path, candidates)
        if found is None and self._is_csv(path):
            found = Shape("csv")
        if found is None:
            raise UnknownForm(
                f"{path}: none of its first records can be read, so how they follow one another cannot be "
                "seen: say it with --records"
            )
        return found

    def pieces(self, stream: BinaryIO, shape: Shape) -> Iterator[Piece]:
        """Raises BrokenFile, UnknownColumns."""
        if shape.form == "framed":
            return framed(stream, self._framing, self._codec.name)
        if shape.form == "csv":
            raise AssertionError("rows come from a text stream")
        return records(stream, shape.form, shape.length)

    def rows(self, path: Path) -> "Rows":
        return Rows(path, self._codec, self._type)

    def check_header(self, path: Path) -> None:
        """Raises UnknownColumns."""
        with suppress(BrokenFile), self.rows(path) as found:
            next(found, None)

    def _largest(self) -> Shape:
        if not self._sizes:
            raise UnknownForm(f"the layout of {self._type} has no size of its own: say --length")
        return Shape("fixed", self._sizes[0])

    def _best(self, path: Path, candidates: list[Shape]) -> Shape | None:
        scores = [(self._readable(path, shape), -place) for place, shape in enumerate(candidates)]
        best, place = max(scores, default=(0, 0))
        return candidates[-place] if best else None

    def _readable(self, path: Path, shape: Shape) -> int:
        """How many of the first records can be read so."""
        found = 0
        with path.open("rb") as stream, suppress(BrokenFile):
            for piece in islice(self.pieces(stream, shape), LOOKED_AT):
                found += piece.fault is None and self._parses(piece.body, padded=shape.form == "fixed")
        return found

    def _parses(self, body: bytes, *, padded: bool) -> bool:
        try:
            self._codec.parse(body)
        except FormatError as error:
            return padded and [fault.rule for fault in error.faults] == ["bytes follow"]
        return True

    def _is_csv(self, path: Path) -> bool:
        with suppress(UnknownColumns, BrokenFile), Rows(path, self._codec, self._type) as found:
            return next(iter(found), None) is not None
        return False


class Rows:
    """The rows of a CSV file, and how far it was read."""

    def __init__(self, path: Path, codec: Codec, type: str) -> None:
        self._path, self._codec, self._type = path, codec, type

    def __enter__(self) -> Iterator[Piece]:
        self._bytes = self._path.open("rb")
        self._stream = TextIOWrapper(self._bytes, encoding="utf-8-sig", newline="")
        return rows(self._stream, self._codec, self._type)

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def tell(self) -> int:
        return self._bytes.tell()


def _sizes(codec: Codec, type: str) -> list[int]:
    """Largest and smallest record, where its family has such."""
    layout: Callable[[str], Layout] | None = getattr(codec, "layout", None)
    if layout is None:
        return []
    least, most = sizes_of(layout(type))
    return [most] if least == most else [most, least]
