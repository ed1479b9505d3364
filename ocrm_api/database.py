"""One chain's tables, opened by the first who needs them and again after they were away.

Single rows are written, each by a statement that names what it expects, so READ COMMITTED is enough; the
hub's own tables need more (`ecif.store.engine`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ecif.store.chain import Chain
from ecif.store.engine import (
    WRITING,
    check_durable,
    check_schema,
    connect_engine,
    is_missing_file,
    read_url,
)
from ecif.store.errors import SchemaMissing, StoreError
from ecif.store.store import translate

_OPTIONS = {"postgresql": {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}}


class Database:
    """Safe to share between threads. Every method raises a StoreError while the tables cannot be used."""

    def __init__(self, url: str, chain: Chain) -> None:
        self._url, self._chain = url, chain
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with _translated(), self._opened().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Commits at the end; an exception takes all of it back."""
        with _translated(), self._opened().connect() as plain:
            connection = plain.execution_options(**{WRITING: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = self._open()
            return self._engine

    def _open(self) -> Engine:
        parsed = read_url(self._url)
        if is_missing_file(parsed):
            raise SchemaMissing(f"the database of {self._chain.owner} is not there; run `ecif db upgrade`")
        engine = connect_engine(self._url, options=_OPTIONS.get(parsed.get_backend_name()))
        try:
            with engine.connect() as connection:
                check_durable(connection)
                check_schema(connection, self._chain)
        except BaseException:
            engine.dispose()
            raise
        return engine


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (SQLAlchemyError, OSError) as error:
        raise translate(error) from error
