"""What the commands have in common: options, reading the conf, where text goes."""

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from gateway.config.schema import Conf

GOOD, NO, WRONG_USAGE, NOT_POSSIBLE_NOW = 0, 1, 2, 3

ConfFolder: TypeAlias = Annotated[
    Path, typer.Option("--conf", metavar="DIR", help="The conf folder.", show_default=True)
]
DEFAULT_CONF = Path("conf")
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="JSON on standard output and nothing else.")]


class CommandError(Exception):
    """A command that cannot go on: the text for the user, and the exit code."""

    def __init__(self, text: str, code: int = WRONG_USAGE) -> None:
        super().__init__(text)
        self.code = code


Actor: TypeAlias = Annotated[
    str, typer.Option("--actor", metavar="NAME", help="Who does it, for the journal; otherwise the login.")
]


def actor_of(given: str) -> str:
    """Who types. A container may have no name for its user."""
    try:
        return (given or getpass.getuser())[:80]
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def say(text: str) -> None:
    """Texts and progress: standard error."""
    sys.stderr.write(text + "\n")


def put(text: str) -> None:
    """Results: standard output."""
    typer.echo(text)


def put_bytes(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def load(folder: Path) -> "Conf":
    """The checked conf; a faulty one ends the command (`gateway.cli.failure`)."""
    from gateway.config.reader import read_conf

    return read_conf(folder, os.environ)
