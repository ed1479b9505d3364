"""Splink on DuckDB: one machine, in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecif.bulk.settings import Function


class DuckDB:
    dialect = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self._connection = duckdb.connect(":memory:")

    def api(self) -> Any:
        from splink.backends.duckdb import DuckDBAPI

        return DuckDBAPI(connection=self._connection)

    def register(self, name: str, function: Function) -> None:
        self._connection.create_function(
            name, function, ["VARCHAR", "VARCHAR"], "BOOLEAN", null_handling="special"
        )

    def frame(self, columns: Mapping[str, Sequence[Any]]) -> Any:
        import pyarrow

        return pyarrow.table(dict(columns))
