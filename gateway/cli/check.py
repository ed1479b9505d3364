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
    from gateway.surroundings import certificate_troubles, database_troubles, dial_troubles

    troubles = [*certificate_troubles(tree), *database_troubles(tree), *dial_troubles(tree)]
    if troubles:
        raise CommandError("\n".join(troubles), NOT_POSSIBLE_NOW)
    say("Certificates, database and dialled addresses can be used.")
