"""Which engine finds the pairs: the stream, or Splink on a database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.cli.options import CommandError

if TYPE_CHECKING:
    from ecif.bulk.splink_engine import Backend


class Engine(StrEnum):
    STREAM = "stream"
    DUCKDB = "duckdb"
    SPARK = "spark"


@contextmanager
def backend(engine: Engine) -> Iterator["Backend"]:
    """Of an engine other than the stream. Raises CommandError where its extra is not installed."""
    extra, opened = _BACKENDS[engine]
    try:
        with opened() as found:
            yield found
    except ImportError as error:
        raise CommandError(f"{error.name} is not installed: pip install 'ecif-hub[{extra}]'") from None


@contextmanager
def _duckdb() -> Iterator["Backend"]:
    from ecif.bulk.on_duckdb import DuckDB

    yield DuckDB()


@contextmanager
def _spark() -> Iterator["Backend"]:
    from ecif.bulk.on_spark import Spark

    found = Spark()
    try:
        yield found
    finally:
        found.close()


_BACKENDS: Mapping[Engine, tuple[str, Callable[[], AbstractContextManager["Backend"]]]] = {
    Engine.DUCKDB: ("splink", _duckdb),
    Engine.SPARK: ("spark", _spark),
}
