"""`ecif trace` and `ecif verify`: what went through, and whether the store is what it should be."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONF, NO, AsJson, CommandError, ConfFolder, load, put, say


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif trace --system core --since 15m --json")(trace)
    app.command(epilog="Example: ecif verify --json")(verify)


def trace(
    system: Annotated[str, typer.Option(metavar="S", help="Of this system.")] = "",
    id: Annotated[str, typer.Option("--id", metavar="M", help="With this message id.")] = "",
    ecif_no: Annotated[str, typer.Option(metavar="N", help="Of this customer.")] = "",
    state: Annotated[str, typer.Option(metavar="S", help="applied, stale, failed, …")] = "",
    since: Annotated[str, typer.Option(metavar="T", help="RFC 3339, or 15m, 2h, 1d.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Show the journal, the newest message first."""
    from ecif import views
    from ecif.store.store import open_store
    from gateway.moments import BadMoment, microseconds_since

    tree = load(conf)
    if system and system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")
    try:
        from_when = microseconds_since(since) if since else 0
    except BadMoment as error:
        raise CommandError(f"--since {error}") from None
    store = open_store(tree.hub.database.url)
    try:
        rows = views.trace(
            store, system=system, message_id=id, ecif_no=ecif_no, state=state, since=from_when, limit=limit
        )
    finally:
        store.close()
    for row in rows:
        put(json.dumps(row, ensure_ascii=False) if as_json else _line(row))


def verify(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """Recompute every golden record and check what must always hold. Exit code 1 if anything does not."""
    from ecif.store.store import open_store
    from ecif.verify import verify as verify_store
    from gateway.bootstrap import load_dialects, load_matching, load_rules, load_signers

    tree = load(conf)
    dialects, rules, matching = load_dialects(tree), load_rules(tree), load_matching(tree)
    store = open_store(tree.hub.database.url)
    try:
        signers = {signer.name: signer for signer in load_signers(tree)}
        report = verify_store(store, rules, dialects, matching, signers)
    finally:
        store.close()
    if as_json:
        put(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        for problem in report.problems:
            put(f"{problem['kind']}  {problem['ecif_no']}  {problem['detail']}")
        say(
            f"{report.parties} parties, {report.source_records} source records, {report.messages} messages: "
            f"{len(report.problems)} problems."
        )
    if report.problems:
        raise typer.Exit(NO)


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['at']}  {row['system']:<8} {row['direction']:<3} {row['type']:<6} {row['id']:<32} "
        f"{row['state']:<10} {row['code']:<4} {row['ecif_no']:<12} {row['version'] or '':>4}"
    ).rstrip()
