"""`ecif certs`: demonstration certificates."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, CommandError, ConfFolder, load, say


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif certs var/certs")(certs)


def certs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write them.")],
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Make a demonstration CA, the hub's certificate and one for each system that uses TLS."""
    from gateway.certificates import ForeignCertificates, make_certificates

    systems = load(conf).systems
    secured = [
        name
        for name, system in systems.items()
        if (system.listen and system.listen.tls) or (system.dial and system.dial.tls)
    ]
    try:
        made = make_certificates(folder, secured)
    except ForeignCertificates as error:
        raise CommandError(str(error)) from None
    say(f"Made {', '.join(path.name for path in made)} in {folder}.")
