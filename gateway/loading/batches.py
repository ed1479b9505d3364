"""Files → batches of commands: the reading half of a load, which knows no store.

`read_sources` can run in a process of its own (`gateway.loading.ahead`): all it takes and gives is plain
values. Memory holds one batch, whatever the files' sizes.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from adapters.dialect import SystemDialect
from ecif.foresight import foreseen
from ecif.matching import Matching
from ecif.messages import CustomerImage
from ecif.survivorship import Rules
from formats.copybook.files import BrokenFile
from gateway.bootstrap import load_dialect, load_matching, load_rules
from gateway.clock import wall_clock
from gateway.config.reader import read_conf
from gateway.config.schema import SystemConf
from gateway.loading.forms import FileForm, Files, Shape
from gateway.loading.pieces import Piece
from gateway.loading.reading import Loadable, RecordReader

BATCH_RECORDS: Final = 10_000
BATCH_BYTES: Final = 16_000_000


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


class Waiting(NamedTuple):
    at: int
    command: Loadable


class Batch(NamedTuple):
    """What stands in one piece of a file."""

    source: Source
    waiting: Sequence[Waiting]
    records: int
    passed_over: int
    behind: int
    """Bytes of the file that are read."""
    broken: str = ""
    """Why the file ends here, and where."""


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


def read_sources(conf: Path, system: str, found: Sequence[Source], options: Options) -> Iterator[Batch]:
    """All files, one after the other. Builds for itself what it reads with."""
    tree = read_conf(conf, os.environ)
    dialect, declared = load_dialect(tree, system), tree.systems[system]
    files = Files(declared.framing, dialect.codec, options.type)
    batches = Batches(declared, dialect, files, load_rules(tree), load_matching(tree), options.batch)
    return batches.read(found)


class Batches:
    """Of one system."""

    def __init__(
        self,
        conf: SystemConf,
        dialect: SystemDialect,
        files: Files,
        rules: Rules,
        matching: Matching,
        most: int,
    ) -> None:
        self._conf, self._dialect, self._files, self._most = conf, dialect, files, most
        self._dialects, self._rules, self._matching = {dialect.name: dialect}, rules, matching

    def read(self, found: Iterable[Source]) -> Iterator[Batch]:
        for source in found:
            yield from self._file(source)

    def _file(self, source: Source) -> Iterator[Batch]:
        reader = RecordReader(self._conf, self._dialect, source.as_of, padded=source.shape.form == "fixed")
        waiting: list[Waiting] = []
        size = records = 0
        broken = ""
        with self._opened(source) as (pieces, tell):
            while True:
                try:
                    piece = next(pieces, None)
                except BrokenFile as error:
                    piece, broken = None, f"{source.path} at {source.unit} {error.offset}: {error.rule}"
                if piece is None:
                    break
                records += 1
                command = reader.read(piece, wall_clock())
                if isinstance(command, CustomerImage):
                    command = foreseen(command, self._dialects, self._rules, self._matching)
                if command is not None:
                    waiting.append(Waiting(piece.at, command))
                    size += len(command.envelope.raw)
                if len(waiting) >= self._most or size >= BATCH_BYTES:
                    yield Batch(source, waiting, records, records - len(waiting), tell())
                    waiting, size, records = [], 0, 0
        yield Batch(source, waiting, records, records - len(waiting), source.size, broken)

    @contextmanager
    def _opened(self, source: Source) -> Iterator[tuple[Iterator[Piece], Callable[[], int]]]:
        if source.shape.form == "csv":
            found = self._files.rows(source.path)
            with found as pieces:
                yield pieces, found.tell
        else:
            with source.path.open("rb") as stream:
                yield self._files.pieces(stream, source.shape), stream.tell
