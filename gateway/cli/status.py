"""`ecif status` and `ecif top`: how the hub does, once or all the time."""

import dataclasses
import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, NOT_POSSIBLE_NOW, AsJson, ConfFolder, load, put

if TYPE_CHECKING:
    from rich.console import Group

    from gateway.condition import Condition, SystemCondition

_COLUMNS = ("system", "sessions", "in", "out", "refused", "not confirmed", "oldest", "set aside")
_HOLDER = "delivered by"
"""Where several hubs share the database."""


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif status --json")(status)
    app.command(epilog="Example: ecif top --every 2")(top)


def status(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """How hub, store and systems do now. Exit code 3 if hub or store does not answer."""
    from rich.console import Console

    from gateway.condition import look

    tree = load(conf)
    now = look(tree)
    if as_json:
        put(json.dumps(dataclasses.asdict(now) | {"good": now.good}, ensure_ascii=False))
    else:
        Console().print(_drawn(now, None))
    if not now.good:
        raise typer.Exit(NOT_POSSIBLE_NOW)


def top(
    conf: ConfFolder = DEFAULT_CONF,
    every: Annotated[float, typer.Option(min=0.2, metavar="S", help="Seconds between two looks.")] = 1.0,
    count: Annotated[int, typer.Option(min=0, metavar="N", help="End after so many; 0: not.")] = 0,
) -> None:
    """Watch it: rates, lag, sessions, batches, each system on a line. Ctrl-C ends it."""
    from rich.console import Console
    from rich.live import Live

    from gateway.condition import look

    tree = load(conf)
    before, shown = look(tree), 0
    try:
        with Live(_drawn(before, None), console=Console(file=sys.stdout), auto_refresh=False) as live:
            while not count or shown < count:
                time.sleep(every)
                now = look(tree)
                live.update(_drawn(now, before), refresh=True)
                before, shown = now, shown + 1
    except KeyboardInterrupt:
        return


def _drawn(now: "Condition", before: "Condition | None") -> "Group":
    from rich.console import Group
    from rich.table import Table

    shared = any(system.holder is not None for system in now.systems)
    table = Table(*_COLUMNS, *([_HOLDER] if shared else []))
    for column in table.columns[1 : len(_COLUMNS)]:
        column.justify = "right"
    earlier = {system.name: system for system in before.systems} if before else {}
    seconds = now.at - before.at if before else 0.0
    for system in now.systems:
        holder = [system.holder or ""] if shared else []
        table.add_row(*_row(system, earlier.get(system.name), seconds), *holder)
    return Group(_headline(now), table)


def _headline(now: "Condition") -> str:
    colour = "green" if now.good else "red"
    workers = "" if now.workers is None else " ({} of {} workers)".format(*now.workers)
    hub = f"hub [{colour}]{now.hub}[/]{workers}, store [{colour}]{now.store}[/]"
    if now.hub == "silent":
        return hub
    return (
        f"{hub}, up {_duration(now.up_seconds)}; {_count(now.parties)} customers, "
        f"{_count(now.reviews)} questions for a steward; {now.messages_a_batch:.1f} messages a transaction, "
        f"{now.queued} waiting; replies within {now.ack_p99_ms:.0f} ms (p99)"
    )


def _row(now: "SystemCondition", before: "SystemCondition | None", seconds: float) -> tuple[str, ...]:
    """Rates between two looks; before there are two, what was counted in all."""
    rates = (str(now.came), str(now.pushed))
    if before is not None and seconds > 0:
        came, pushed = now.came - before.came, now.pushed - before.pushed
        rates = (f"{max(0, came) / seconds:.1f}/s", f"{max(0, pushed) / seconds:.1f}/s")
    oldest = _duration(now.oldest_seconds) if now.oldest_seconds else ""
    waits = (_count(now.pending) + (" (shadow)" if now.shadow else ""), oldest, _count(now.failed))
    return (now.name, str(now.sessions), *rates, str(now.refused), *waits)


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
