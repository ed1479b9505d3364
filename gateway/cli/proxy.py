"""`ecif proxy`: a bad network between two programs, on demand."""

from typing import Annotated

import typer

from gateway.cli.options import CommandError

Settings = Annotated[
    str, typer.Option(metavar="SETTINGS", help="As in `latency=200ms,bandwidth=1000,slice=3`.")
]


def add_to(app: typer.Typer) -> None:
    app.command(
        epilog="Example: ecif proxy --listen 7901 --connect 127.0.0.1:7101 --to-client latency=200ms,slice=3"
    )(proxy)


def proxy(
    connect: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where connections are passed on to.")],
    listen: Annotated[str, typer.Option(metavar="[HOST:]PORT", help="0: any free port.")] = "0",
    to_server: Settings = "",
    to_client: Settings = "",
    life: Annotated[str, typer.Option(metavar="TIME", help="Reset each connection after this.")] = "",
    seed: Annotated[int, typer.Option(help="Of jitter.")] = 1,
) -> None:
    """Pass TCP connections on, with faults: tests what a hub or a peer makes of a bad network.

    Settings of a direction: latency=TIME jitter=TIME bandwidth=BYTES-A-SECOND slice=BYTES hang=yes|no
    reset-after=BYTES|never. While it runs it takes orders on standard input, one a line: `to-server
    SETTINGS`, `to-client SETTINGS`, `both SETTINGS`, `calm`, `reset`, `half-open`, `refuse`, `admit`,
    `life TIME`.
    """
    from gateway.config.values import place_of, split_address
    from gateway.faultproxy.faults import BadSetting
    from gateway.faultproxy.orders import follow
    from gateway.faultproxy.proxy import Proxy
    from gateway.faultproxy.standing import run_proxy

    try:
        passes_on = Proxy(*split_address(connect), seed=seed)
        host, port = place_of(listen, "127.0.0.1")
    except ValueError as error:
        raise CommandError(f"The address {error}.") from None
    try:
        for word, settings in (("to-server", to_server), ("to-client", to_client), ("life", life)):
            if settings:
                follow(passes_on, f"{word} {settings}")
    except BadSetting as error:
        raise CommandError(str(error)) from None
    run_proxy(passes_on, host, port)
