"""`ecif certify`: does a system do what its sheet says? Asked of the system itself, over its own wire."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import (
    DEFAULT_CONF,
    NO,
    NOT_POSSIBLE_NOW,
    AsJson,
    CommandError,
    ConfFolder,
    load,
    put,
    say,
)

if TYPE_CHECKING:
    from gateway.certifying.bench import Ways
    from gateway.certifying.examination import Finding, Report
    from gateway.config.schema import Conf, SystemConf
    from gateway.shared import System


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif certify loan --connect 127.0.0.1:7202 --customer 0000000042")(certify)


def certify(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="A folder in conf/systems.")],
    connect: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to dial it; otherwise where conf says.")
    ] = "",
    listen: Annotated[
        str, typer.Option(metavar="[HOST:]PORT", help="Wait there to be dialled; otherwise where conf says.")
    ] = "",
    customer: Annotated[
        str,
        typer.Option(metavar="NO", help="A test customer of its own; otherwise the first one it speaks of."),
    ] = "",
    kind: Annotated[str, typer.Option(help="What that customer is: person or organization.")] = "person",
    wait: Annotated[float, typer.Option(min=0.1, metavar="S", help="How long it is waited for.")] = 60.0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, as JSON.")] = None,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Run the cases of a system's interface sheet against the system, in the hub's place, and report.

    Nothing is stored. The test customer is overwritten with an invented one. Exit code 1 if a case failed, 3
    if the system cannot be reached.
    """
    tree = load(conf)
    if system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")
    if kind not in ("person", "organization"):
        raise CommandError("--kind is person or organization.")
    ways = _ways(tree.systems[system], connect, listen, wait)
    report = _run(tree, system, ways, (customer, kind), _telling(quiet=as_json))
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=None if as_json else 2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        put(text)
    else:
        _draw(report)
    if not report.passed:
        raise typer.Exit(NO)


def _ways(system: "SystemConf", connect: str, listen: str, wait: float) -> "Ways":
    """As asked for, else as conf says pushes go, else as it can be reached."""
    from gateway.certifying.bench import Ways
    from gateway.config.values import place_of

    if connect and listen:
        raise CommandError("Give --connect or --listen: one end at a time.")
    over = system.delivery.over if system.delivery else "listen" if system.listen else "dial"
    dials = bool(connect) or (not listen and over == "dial")
    end = system.dial if dials else system.listen
    if end is None:
        way = "dialled" if dials else "waited for"
        raise CommandError(f"It is not {way} by its conf: it has no [{'dial' if dials else 'listen'}].")
    given = connect if dials else listen
    try:
        place = place_of(given, end.host) if given else (end.host, end.port)
    except ValueError:
        raise CommandError(f"{given} is no HOST:PORT.") from None
    return Ways(connect=place, wait_seconds=wait) if dials else Ways(listen=place, wait_seconds=wait)


def _run(
    tree: "Conf", name: str, ways: "Ways", customer: tuple[str, str], told: Callable[["Finding"], None]
) -> "Report":
    import trio

    from gateway.certifying.bench import Bench, NotReached
    from gateway.certifying.customer import Customer
    from gateway.certifying.examination import examine

    system = _system(tree, name)
    number, kind = customer

    async def run() -> "Report":
        named = Customer(system.dialect, number, kind) if number else None
        async with Bench(system, ways, named).opened() as bench:
            if bench.ports:
                say(f"Waiting for {name} on port {bench.ports[0]}.")
            return await examine(bench, told)

    try:
        return trio.run(run)
    except* NotReached as group:
        reasons = "; ".join(map(str, group.exceptions))
        raise CommandError(f"{name}: {reasons}.", NOT_POSSIBLE_NOW) from None
    except* OSError as group:
        reasons = "; ".join(str(one) for one in group.exceptions)
        raise CommandError(f"{name}: {reasons}", NOT_POSSIBLE_NOW) from None


def _system(tree: "Conf", name: str) -> "System":
    from gateway.bootstrap import load_dialect
    from gateway.shared import System, session_limits, turn_limits

    conf = tree.systems[name]
    dialect = load_dialect(tree, name)
    return System(name, conf, conf.framing, dialect, session_limits(conf), turn_limits(conf))


def _telling(*, quiet: bool) -> Callable[["Finding"], None]:
    def told(finding: "Finding") -> None:
        if not quiet:
            say(f"{finding.outcome:>14}  {finding.case}")

    return told


def _draw(report: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("case", "the sheet's rule", "outcome", "seen", show_lines=True)
    colours = {"passed": "green", "failed": "red", "not applicable": "dim"}
    for finding in report.findings:
        outcome = f"[{colours[finding.outcome]}]{finding.outcome}[/]"
        table.add_row(finding.case, finding.rule, outcome, finding.seen)
    counts = report.as_json()["counts"]
    console = Console()
    console.print(table)
    console.print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
