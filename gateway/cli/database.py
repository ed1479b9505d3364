"""`ecif db`: the tables of the store."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli import backup, history
from gateway.cli.failed import opened
from gateway.cli.options import DEFAULT_CONF, NO, AsJson, CommandError, ConfFolder, load, put, say
from gateway.cli.progress import NowAndThen


class SqlDialect(StrEnum):
    ORACLE = "oracle"
    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="The tables of the store.", no_args_is_help=True)
    group.command("upgrade", epilog="Example: ecif db upgrade")(upgrade)
    group.command("check", epilog="Example: ecif db check")(check)
    group.command("sql", epilog="Example: ecif db sql --dialect postgresql > tables.sql")(sql)
    group.command("reindex", epilog="Example: ecif db reindex")(reindex)
    backup.add_to(group)
    history.add_to(group)
    app.add_typer(group, name="db")


def upgrade(conf: ConfFolder = DEFAULT_CONF) -> None:
    """Make the tables, or bring them to this release. Safe to run again."""
    from ecif.store import migrate
    from ocrm_api.chains import placed

    for chain, url in placed(load(conf).hub.database.url):
        before, after = migrate.upgrade(url, chain)
        say(f"The tables of {chain.owner} have schema {after} {'already' if before == after else 'now'}.")


def check(conf: ConfFolder = DEFAULT_CONF) -> None:
    """Whether this release can work with the database as it is, and in what its tables differ."""
    from ecif.store import migrate
    from ecif.store.store import open_store
    from ocrm_api.chains import placed

    url = load(conf).hub.database.url
    open_store(url).close()
    found = [line for chain, place in placed(url) for line in migrate.check(place, chain)]
    if found:
        put("\n".join(found))
        raise CommandError(f"{len(found)} difference(s) from the tables of this release.", code=NO)
    say("The database can be used; its tables are those of this release.")


def reindex(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """Write all match keys anew, after conf/matching.toml or its model was changed.

    Customers stored before are found by the keys they had then: this gives them those of today. It decides
    nothing. It works in small steps beside a running hub; interrupted, run it again.
    """
    from gateway.reindexing import reindex_all

    tree = load(conf)
    with opened(tree) as store:
        found = reindex_all(tree, store, progress=NowAndThen(_parties))
    say(f"{found.parties} parties, {found.changed} of them with other match keys than before.")
    if as_json:
        put(json.dumps({"parties": found.parties, "changed": found.changed}))


def _parties(done: int, of: int) -> str:
    return f"{done} of {of} parties"


def sql(
    dialect: Annotated[SqlDialect, typer.Option(help="Of the database.")] = SqlDialect.SQLITE,
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Print what `upgrade` would run on an empty database, for a DBA to read and run."""
    from ecif.store import migrate
    from ecif.store.chain import HUB
    from ocrm_api.chains import INDEX, OCRM, TRAIL

    files = {TRAIL: "-trail", INDEX: "-index"} if dialect is SqlDialect.SQLITE else {}
    for chain in (HUB, OCRM, TRAIL, INDEX):
        if chain in files:
            put(f"-- The rest is for a file of its own: the database's name with {files[chain]} at the end.")
        put(migrate.statements(dialect.value, chain))
