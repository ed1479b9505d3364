"""What every table of the hub is made with: one collection, one way of naming constraints, the widths.

Tables stand in `ecif.store.schema` and in modules that it imports, on this `metadata`.
"""

from sqlalchemy import BigInteger, Integer, MetaData

WIDTH = 400
"""Of searchable text columns; longer values are whole in the JSON beside them."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

ID = BigInteger().with_variant(Integer(), "sqlite")
"""Of keys the program counts: on SQLite the row's own number, which needs no second index."""
