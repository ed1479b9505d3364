"""`ecif demo` and `ecif simulate`: the reference bank's systems as scripted peers, over real TCP."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, AsJson, CommandError, ConfFolder, load

Port = Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Listen there for the hub.")]


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif demo --customers 500 --report report.json")(demo)
    app.command(epilog="Example: ecif simulate core --connect 127.0.0.1:7101 --count 1000")(simulate)


def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many customers the bank has.")] = 2000,
    seed: Annotated[int, typer.Option(help="Another seed, another population.")] = 1,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures there.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Stay up afterwards.")] = False,
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Run the whole bank on this machine and prove that all systems end with the same customers."""
    load(conf)
    if report is not None and not report.resolve().parent.is_dir():
        raise CommandError(f"There is no folder for the report: {report.resolve().parent}")
    from gateway.peers.demo import run_demo

    raise typer.Exit(run_demo(customers, seed, report, serve=serve, conf=conf))


def simulate(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="A folder in conf/systems.")],
    connect: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The hub; otherwise where conf says it listens.")
    ] = "",
    listen: Port = None,
    rate: Annotated[float, typer.Option(min=0, help="Messages a second; 0: as fast as it goes.")] = 0,
    count: Annotated[int, typer.Option(min=0, help="Messages; 0: until interrupted.")] = 0,
    seed: Annotated[int, typer.Option(help="Another seed, other customers.")] = 1,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Play one system against a hub, for tests and load. Exit code 1 if a reply was not the right one."""
    tree = load(conf)
    if system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")
    from gateway.peers.simulate import Load, run_simulation

    wanted = Load(rate=rate, count=count, seed=seed)
    code = run_simulation(system, connect=connect, listen=listen, load=wanted, conf=conf, as_json=as_json)
    raise typer.Exit(code)
