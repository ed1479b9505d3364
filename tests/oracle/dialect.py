"""SQLAlchemy's `oracle+oracledb` dialect with the driver that speaks to H2: URLs `oracle+h2:///NAME`."""

from types import ModuleType
from typing import Any

from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb

from tests.oracle import h2


class H2Dialect(OracleDialect_oracledb):
    driver = "h2"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return h2  # type: ignore[return-value]

    def create_connect_args(self, url: Any) -> Any:
        return [], {"dsn": url.database}

    def _get_default_schema_name(self, connection: Any) -> str:
        return "public"
