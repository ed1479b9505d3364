"""`ecif resync` and `ecif audit`: a system is told everything again, or asked what it really holds."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failed import MUCH, known, opened
from gateway.cli.options import (
    DEFAULT_CONF,
    NO,
    Actor,
    AsJson,
    CommandError,
    ConfFolder,
    actor_of,
    load,
    put,
    say,
)

if TYPE_CHECKING:
    from ecif.audit import Audit
    from ecif.resync import Marked

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="A folder in conf/systems.")]


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif resync loan --since 2h --dry-run")(resync)
    app.command(epilog="Example: ecif audit core --export customers.bin --json")(audit)


def resync(
    system: System,
    since: Annotated[
        str,
        typer.Option(metavar="T", help="Only customers changed or pushed since: RFC 3339, or 15m, 2h, 1d."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="At most so many customers a second.")] = 1000,
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Mark all customers of a system to be pushed again: it was restored, or is found to hold other values.

    Each is pushed once, with its newest version, however often it is marked. Safe to repeat.
    """
    from gateway.moments import BadMoment, microseconds_since

    tree = load(conf)
    known(tree, system)
    if tree.systems[system].system.pushes == "no":
        raise CommandError(f"{system} takes no pushes.")
    try:
        from_when = microseconds_since(since) if since else 0
    except BadMoment as error:
        raise CommandError(f"--since {error}") from None
    from gateway.resyncing import resync_system

    with opened(tree) as store:
        marked = resync_system(
            tree, store, system, since=from_when, rate=rate, actor=actor_of(actor), rehearse=dry_run,
            progress=lambda count: say(f"{count} customers") if count % MUCH == 0 else None,
        )  # fmt: skip
    _tell_marked(system, marked, dry_run=dry_run, as_json=as_json)


def audit(
    system: System,
    export: Annotated[
        Path,
        typer.Option(
            "--export", metavar="FILE", exists=True, dir_okay=False,
            help="Frames of its customer message, one for each of its customers.",
        ),
    ],
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare a system's own export with what it should hold. Exit code 1 if anything differs.

    Take the export while little changes: what was pushed after it was made counts as different.
    """
    from ecif.audit import audit as audit_export
    from gateway.bootstrap import load_dialects
    from gateway.clock import wall_clock
    from gateway.exports import Export

    tree = load(conf)
    known(tree, system)
    dialect = load_dialects(tree)[system]
    with opened(tree) as store, export.open("rb") as file:
        read = Export(file, tree.systems[system].framing, dialect, wall_clock())
        found = audit_export(store, dialect, read.customers())
    different = [
        {"customer": one.customer, "field": dialect.field_of(one.attribute, one.kind, second=one.second)}
        for one in found.different
    ]
    for text in read.unreadable:
        say(f"{export}: {text}")
    _tell_audit(found, different, as_json=as_json)
    if read.unreadable or not found.clean:
        raise typer.Exit(NO)


def _tell_marked(system: str, marked: "Marked", *, dry_run: bool, as_json: bool) -> None:
    counts = {name: getattr(marked, name) for name in marked.__struct_fields__}
    if as_json:
        put(json.dumps({"system": system, "dry_run": dry_run, **counts}))
        return
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no customers"
    say(f"{system}: {told}" + (" (nothing was changed)." if dry_run else "."))


def _tell_audit(found: "Audit", different: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        report = {
            "compared": found.compared,
            "equal": found.equal,
            "different": different,
            "missing": len(found.missing),
            "unknown": len(found.unknown),
        }
        put(json.dumps(report, ensure_ascii=False))
        return
    for one in different:
        put(f"different  {one['customer']}  {one['field']}")
    for word, numbers in (("missing", found.missing), ("unknown", found.unknown)):
        for number in numbers:
            put(f"{word:<9}  {number}")
    say(
        f"{found.compared} compared, {found.equal} equal, {len(found.missing)} missing, "
        f"{len(found.unknown)} unknown."
    )
