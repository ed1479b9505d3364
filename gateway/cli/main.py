"""The entry point of `ecif`: all command groups under one app, all errors through one place."""

import sys
from collections.abc import Sequence

import typer

from gateway.cli import (
    bench,
    certify,
    certs,
    check,
    codecs,
    copybook,
    database,
    demo,
    failed,
    journal,
    load,
    match,
    new,
    proxy,
    quality,
    repair,
    serving,
    spec,
    staff,
    status,
)
from gateway.cli.failure import tell

app = typer.Typer(
    name="ecif",
    help="One golden record per customer, from every system of a bank, over its own wire, and back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    demo, serving, status, check, certify, certs, codecs, spec, copybook, new, load, journal, failed,
    repair, quality, match, database, staff, bench, proxy,
):  # fmt: skip
    group.add_to(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Always ends in SystemExit."""
    try:
        app(args=arguments, prog_name="ecif")
    except (Exception, KeyboardInterrupt) as error:
        sys.exit(tell(error))


if __name__ == "__main__":
    main()
