"""A whole load: every file of a system, batch after batch.

Shapes and headers of all files are looked at before anything is taken in, so that a wrong call changes
nothing. Memory holds one batch, whatever the files' sizes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from adapters.dialect import SystemDialect
from formats.copybook.files import BrokenFile
from gateway.config.schema import SystemConf
from gateway.loading.forms import FileForm, Files, Shape
from gateway.loading.loader import BATCH_BYTES, BATCH_RECORDS, Loader
from gateway.loading.pieces import Piece
from gateway.loading.reading import Loadable, RecordReader
from gateway.loading.tally import Aside, Tally, line_of

SECOND = 1_000_000


class Source(NamedTuple):
    path: Path
    shape: Shape
    size: int
    as_of: int

    @property
    def unit(self) -> str:
        return "line" if self.shape.form == "csv" else "byte"


class Options(NamedTuple):
    type: str
    """Of CSV rows."""
    form: FileForm | None = None
    length: int = 0
    as_of: int | None = None
    batch: int = BATCH_RECORDS


class _Waiting(NamedTuple):
    at: int
    command: Loadable


def sources(files: Files, paths: Iterable[Path], options: Options) -> list[Source]:
    """Raises UnknownForm and UnknownColumns."""
    found = []
    for path in paths:
        shape, stat = files.shape(path, options.form, options.length), path.stat()
        as_of = stat.st_mtime_ns // 1000 if options.as_of is None else options.as_of
        found.append(Source(path, shape, stat.st_size, as_of))
        if shape.form == "csv":
            files.check_header(path)
    return found


class Load:
    def __init__(
        self,
        conf: SystemConf,
        dialect: SystemDialect,
        files: Files,
        loader: Loader,
        aside: Aside,
        clock: Callable[[], int],
    ) -> None:
        self._conf, self._dialect, self._files = conf, dialect, files
        self._loader, self._aside, self._clock = loader, aside, clock
        self.tally = Tally()

    def run(self, found: Sequence[Source], batch: int, progress: Callable[[int], None]) -> None:
        """`progress` hears after each batch how many bytes are behind it."""
        before = 0
        for source in found:
            self._file(source, batch, lambda at, before=before: progress(before + at))  # type: ignore[misc]
            before += source.size
            progress(before)

    def _file(self, source: Source, batch: int, progress: Callable[[int], None]) -> None:
        reader = RecordReader(
            self._conf, self._dialect, source.as_of, padded=source.shape.form == "fixed"
        )
        waiting: list[_Waiting] = []
        size = 0
        with self._opened(source) as (pieces, tell):
            for piece in self._until_broken(source, pieces):
                self.tally.records += 1
                command = reader.read(piece, self._clock())
                if command is None:
                    self.tally.passed_over += 1
                    continue
                waiting.append(_Waiting(piece.at, command))
                size += len(command.envelope.raw)
                if len(waiting) >= batch or size >= BATCH_BYTES:
                    self._commit(source, waiting)
                    waiting, size = [], 0
                    progress(tell())
            self._commit(source, waiting)

    @contextmanager
    def _opened(self, source: Source) -> Iterator[tuple[Iterator[Piece], Callable[[], int]]]:
        if source.shape.form == "csv":
            found = self._files.rows(source.path)
            with found as pieces:
                yield pieces, found.tell
        else:
            with source.path.open("rb") as stream:
                yield self._files.pieces(stream, source.shape), stream.tell

    def _until_broken(self, source: Source, pieces: Iterator[Piece]) -> Iterator[Piece]:
        try:
            yield from pieces
        except BrokenFile as error:
            self.tally.broken.append(f"{source.path} at {source.unit} {error.offset}: {error.rule}")

    def _commit(self, source: Source, waiting: Sequence[_Waiting]) -> None:
        if not waiting:
            return
        outcomes = self._loader.commit([one.command for one in waiting])
        for one, (reply, repeated) in zip(waiting, outcomes, strict=True):
            if not self.tally.took(reply, repeated=repeated):
                self._aside.put(line_of(source.path, one.at, source.unit, one.command, reply))
        self.tally.mark()
