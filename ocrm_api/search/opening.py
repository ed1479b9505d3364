"""Opening the search index."""

from ecif.store.engine import check_schema, connect_engine
from ecif.store.errors import SchemaMissing, SchemaOlder
from ecif.store.store import translated
from ocrm_api.chains import INDEX, index_url
from ocrm_api.search.store import IndexStore


def open_index(url: str, *, durable: bool = True) -> IndexStore:
    """An SQLite file is made, or brought to this release, here: what it holds is made anew at any time.

    READ COMMITTED is enough, since whoever writes holds the state's row; SERIALIZABLE would make the hub's
    own transactions fail for what is read here. Raises a StoreError.
    """
    place = index_url(url)
    engine = connect_engine(place, durable=durable)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="READ COMMITTED")
    try:
        with translated(opening=True), engine.connect() as connection:
            check_schema(connection, INDEX)
    except (SchemaMissing, SchemaOlder):
        engine.dispose()
        if engine.dialect.name != "sqlite":
            raise
        from ecif.store import migrate  # Alembic takes long to load, and is seldom needed

        migrate.upgrade(place, INDEX, durable=durable)
    except BaseException:
        engine.dispose()
        raise
    return IndexStore(engine)
