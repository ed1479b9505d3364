"""The MetaData of OCRM's own tables: each capability declares its tables on it in `<capability>/tables.py`.

`ocrm_api.chains` puts them together. Times are microseconds since 1970 in UTC; '' is never stored (Oracle).
"""

from sqlalchemy import MetaData

NAMES = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
