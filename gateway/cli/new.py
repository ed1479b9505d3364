"""`ecif new system`: a conf folder for one more system, drafted from what there is of it."""

import os
from pathlib import Path
from re import fullmatch
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, CommandError, ConfFolder, load, say

if TYPE_CHECKING:
    from gateway.config.schema import Conf
    from gateway.drafting.draft import Draft

_new = typer.Typer(help="Draft conf for something new.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    _new.command("system", epilog="Example: ecif new system deposits --copybook deposits.cpy")(system)
    app.add_typer(_new, name="new")


def system(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the system: small letters, digits and _.")],
    copybook: Annotated[
        Path | None, typer.Option("--copybook", metavar="F", help="Its customer record in COBOL.")
    ] = None,
    sample: Annotated[
        Path | None, typer.Option("--from", metavar="SAMPLE", help="Framed bytes captured from its line.")
    ] = None,
    conf: ConfFolder = DEFAULT_CONF,
    charset: Annotated[str, typer.Option(help="Of a copybook's text.")] = "cp037",
    include: Annotated[
        list[Path] | None, typer.Option("--include", "-I", metavar="DIR", help="Where COPY looks, too.")
    ] = None,
) -> None:
    """Write conf/systems/NAME, so that `ecif check` passes. What was guessed is marked there.

    The whole conf is checked with it; a draft that cannot work is not left behind.
    """
    from formats.errors import DeclarationError
    from gateway.drafting.draft import write_draft

    if (copybook is None) == (sample is None):
        raise CommandError("Give either --copybook F or --from SAMPLE.")
    if not fullmatch("[a-z][a-z0-9_]*", name):
        raise CommandError(f"{name!r} is no name of a system: small letters, digits and _.")
    tree = load(conf)
    folder = conf / "systems" / name
    if folder.exists():
        raise CommandError(f"{folder} is there already.")
    try:
        draft = _from_copybook(copybook, charset, include or []) if copybook else _from_sample(sample, name)
    except DeclarationError as error:
        raise CommandError(f"{error.file}:{error.line} {error}" if error.file else str(error)) from None
    files = write_draft(draft, name, folder, _free_port(tree))
    _check(conf, folder)
    for file in files:
        say(f"Wrote {file}.")
    guesses = (folder / "system.toml").read_text("utf-8").count("GUESS") - 1
    say(f"`ecif check` passes. {guesses} guess(es) to look at in {folder / 'system.toml'}.")


def _from_copybook(path: Path, charset: str, include: list[Path]) -> "Draft":
    from formats.copybook.copying import Library, read_source
    from formats.copybook.parse import parse_copybook
    from gateway.drafting.from_copybook import draft_of_copybook

    library = Library(include)
    roots = parse_copybook(read_source(path), str(path), library=library)
    return draft_of_copybook(roots, path, library.taken, charset)


def _from_sample(path: Path | None, name: str) -> "Draft":
    from gateway.drafting.from_sample import draft_of_sample

    assert path is not None
    return draft_of_sample(path.read_bytes(), path, name)


def _free_port(tree: "Conf") -> int:
    """The one behind all that the conf names."""
    lines = [line for one in tree.systems.values() for line in (one.listen, one.dial) if line is not None]
    return max((line.port for line in lines), default=7100) + 1


def _check(conf: Path, folder: Path) -> None:
    import shutil

    from gateway.config.faults import ConfError
    from gateway.config.reader import read_conf

    try:
        read_conf(conf, os.environ)
    except ConfError:
        shutil.rmtree(folder)
        raise
