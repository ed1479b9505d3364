"""`ecif spec`: the interface specification of one system or all, written from conf."""

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, CommandError, ConfFolder, load, put


class Format(StrEnum):
    MD = "md"
    HTML = "html"


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif spec core --format html > core.html")(spec)


def spec(
    system: Annotated[str, typer.Argument(metavar="[SYSTEM]", help="Otherwise all of them.")] = "",
    format: Annotated[Format, typer.Option("--format", help="Markdown or HTML.")] = Format.MD,
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Print the interface specification, which is written from conf: it is as the hub works.

    Transport, frame, messages, fields, codes, and an example frame of each message.
    """
    from gateway.bootstrap import load_codec_of
    from gateway.document import WRITERS
    from gateway.specification import specification

    tree = load(conf)
    if system and system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")
    names = [system] if system else list(tree.systems)
    blocks = [block for name in names for block in specification(tree, name, load_codec_of(tree, name))]
    put(WRITERS[format.value](blocks).rstrip("\n"))
