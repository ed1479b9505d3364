"""How Alembic makes tables on Oracle: comments beside them, and a script that SQL*Plus runs as it is.

Only the script has partitions, since not every licence has them: MONTHLY tables are split by the month of
STORED_AT, each partition made by the database when its first row comes. STORED_AT is a number, so the day
is a virtual column; it takes no room and the program never names it.
"""

from typing import Any

from alembic.ddl.oracle import OracleImpl
from sqlalchemy import Column, Computed, Date, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from ecif.store.comments import COLUMNS, MONTHLY, TABLES

DAY = "stored_on"
_DAY_OF = "DATE '1970-01-01' + stored_at / 86400000000"
_BY_MONTH = f"""PARTITION BY RANGE ({DAY}) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH'))
-- Without the Partitioning option leave out the line above, the one below and the column {DAY}.
(PARTITION before_2024 VALUES LESS THAN (DATE '2024-01-01'))"""


class OracleTables(OracleImpl):
    """Takes the place of Alembic's own."""

    __dialect__ = "oracle"
    batch_separator = ""
    command_terminator = ";"

    def version_table_impl(self, **options: Any) -> Table:
        """A script cannot take what RETURNING gives."""
        table = super().version_table_impl(**options)
        table.implicit_returning = False
        return table

    def create_table(self, table: Table, **options: Any) -> None:
        table.comment = TABLES.get(table.name, table.comment)
        for column in table.columns:
            column.comment = column.comment or COLUMNS.get(column.name)
        if self.as_sql and table.name in MONTHLY:
            table.append_column(Column(DAY, Date, Computed(_DAY_OF, persisted=False)))
            table.info[DAY] = _BY_MONTH
        super().create_table(table, **options)


@compiles(CreateTable, "oracle")
def _create_table(element: CreateTable, compiler: Any, **options: Any) -> str:
    text: str = compiler.visit_create_table(element, **options)
    return text.rstrip() + "\n" + str(element.element.info.get(DAY, ""))
