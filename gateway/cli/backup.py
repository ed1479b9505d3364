"""`ecif db backup` and `ecif db restored`: a copy of the database, and life after having put one back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import (
    DEFAULT_CONF,
    AsJson,
    CommandError,
    ConfFolder,
    load,
    put,
    say,
)


def add_to(group: typer.Typer) -> None:
    group.command("backup", epilog="Example: ecif db backup /backup/2026-11-22")(backup)
    group.command("restored", epilog="Example: ecif db restored")(restored)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the copies go; made if need be.")],
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Copy the embedded database while the hub works on it. The copies are checked."""
    from rich.console import Console

    from gateway.backup import NotEmbedded, back_up

    url = load(conf).hub.database.url
    try:
        with Console(stderr=True).status("Copying the database"):
            made = back_up(url, folder)
    except (NotEmbedded, FileExistsError) as error:
        raise CommandError(str(error)) from None
    if as_json:
        put(json.dumps({"files": [str(path) for path in made]}))
    else:
        say(f"Copied to {', '.join(map(str, made))}.")


def restored(
    numbers: Annotated[
        list[Path] | None,
        typer.Option(help="numbers.json of another instance that used this database; may be repeated."),
    ] = None,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """After a backup was put back, before the hub starts: numbers go on above all that were given since.

    Then start the hub and `ecif resync` each system: what they were told since is told again.
    """
    from contextlib import closing

    from ecif.store.reserve import Reserve
    from ecif.store.restored import advance
    from ecif.store.store import open_store
    from gateway.backup import forget_index

    tree = load(conf)
    marks: dict[str, int] = {}
    for path in (tree.hub.run.numbers, *(numbers or ())):
        for kind, mark in Reserve(path).marks().items():
            marks[kind] = max(mark, marks.get(kind, 0))
    if not marks:
        raise CommandError(
            f"{tree.hub.run.numbers} is not there, so nobody knows how far numbers were given: put back the "
            "one this hub had, or name another instance's with --numbers."
        )
    with closing(open_store(tree.hub.database.url)) as store:
        moved = advance(store, marks)
    forget_index(tree.hub.database.url)
    if as_json:
        put(json.dumps({kind: {"before": before, "after": after} for kind, (before, after) in moved.items()}))
    else:
        for kind, (before, after) in sorted(moved.items()):
            say(f"Numbers of kind {kind}: {before} in the backup, on from {after}.")
        say(f"Now start the hub, then: {'; '.join(f'ecif resync {name}' for name in tree.systems)}")
