"""`ecif check`: the whole conf, read and checked as `serve` does."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, NOT_POSSIBLE_NOW, CommandError, ConfFolder, load, say


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif check --connect")(check)


def check(
    conf: ConfFolder = DEFAULT_CONF,
    connect: Annotated[
        bool, typer.Option("--connect", help="Also try certificates, database and dialled addresses.")
    ] = False,
) -> None:
    """Read and check the whole conf and tell all faults at once. Opens nothing."""
    tree = load(conf)
    say(f"The conf in {conf} is sound: {', '.join(tree.systems)}.")
    if not connect:
        return
    from gateway.expiry import ending
    from gateway.surroundings import (
        certificate_troubles,
        database_troubles,
        dial_troubles,
    )

    for key, path, left in ending(tree):
        ends = f"ends in {left} days" if left >= 0 else "has ended"
        say(f"Warning: {path} ({key}) {ends}: replace it and reload.")
    troubles = [*certificate_troubles(tree), *database_troubles(tree), *dial_troubles(tree)]
    if troubles:
        raise CommandError("\n".join(troubles), NOT_POSSIBLE_NOW)
    say("Certificates, database and dialled addresses can be used.")
