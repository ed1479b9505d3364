"""`ecif failed`: messages set aside, seen, taken again, let go. The hub may run meanwhile."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    put_bytes,
    say,
)

if TYPE_CHECKING:
    from ecif.aside import Outcome
    from ecif.store.rows import JournalRow
    from ecif.store.store import Store
    from gateway.config.schema import Conf

Id = Annotated[int, typer.Argument(metavar="ID", help="As `failed list` shows it.", min=1)]
System = Annotated[str, typer.Option(metavar="S", help="Of this system.")]
MUCH = 1_000


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="Messages set aside.", no_args_is_help=True)
    group.command("list", epilog="Example: ecif failed list --system core --json")(list_)
    group.command("show", epilog="Example: ecif failed show 4711")(show)
    group.command("replay", epilog="Example: ecif failed replay --all --dry-run")(replay)
    group.command(
        "discard", epilog='Example: ecif failed discard 4711 --reason "test message, core asked for it"'
    )(discard)
    app.add_typer(group, name="failed")


def list_(
    system: System = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest.")] = 100,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """What waits for an operator, the oldest first: messages that made the hub fail (their senders were
    answered 9999), and pushes that a system refused for good."""
    from ecif.store import asides

    tree = load(conf)
    known(tree, system)
    with opened(tree) as store, store.reading() as connection:
        ids = asides.aside_ids(connection, system)
        rows = asides.messages(connection, ids[:limit])
    if as_json:
        put(json.dumps([_described(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        put(_line(_described(row)))
    say(f"{len(ids)} set aside" + (f", {len(rows)} shown." if len(rows) < len(ids) else "."))


def show(
    id: Id,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
    clear: Annotated[bool, typer.Option("--clear", help="Show sensitive values and bytes.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The message itself on standard output, as it came, and no more.")
    ] = False,
) -> None:
    """One message: why it is aside, what it says, what was done with it. Sensitive values are masked."""
    from ecif.store import asides, reports

    tree = load(conf)
    with opened(tree) as store, store.reading() as connection:
        row = next(iter(asides.messages(connection, [id])), None)
        if row is None or row.direction not in reports.CARRIED:
            raise CommandError(f"There is no message {id}: `ecif failed list` shows their numbers.")
        body = reports.bodies(connection, [id]).get(id)
        acts = asides.acts(connection, row)
    if raw:
        if body is None:
            raise CommandError(f"The bytes of message {id} are no longer kept.", NO)
        put_bytes(body)
    elif as_json:
        put(json.dumps(_shown(tree, row, body, acts, clear=clear), ensure_ascii=False, default=str))
    else:
        _tell(tree, row, body, acts, clear=clear)


def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]…", help="These messages.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything set aside, in the order it came.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide and count all of it, and change nothing.")
    ] = False,
    system: System = "",
    rate: Annotated[float, typer.Option(min=0.1, help="At most so many messages a second.")] = 200,
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Take messages again. What came meanwhile stands: an older value never comes back, and a message that is
    not set aside any more is left alone. Exit code 1 if any message stays aside."""
    if bool(ids) == all_ or (system and not all_):
        raise CommandError("Name messages, or give --all (and --system, for those of one system).")
    tree = load(conf)
    known(tree, system)
    with opened(tree) as store:
        outcomes = _replay(tree, store, ids, system, rate, actor_of(actor), dry_run=dry_run)
    _report(outcomes, dry_run=dry_run, as_json=as_json)


def discard(
    id: Id,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the journal.")],
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Let a message go: it never takes effect, its sender is still answered 9999. Row and bytes stay."""
    from gateway.bootstrap import build_service, load_dialects
    from gateway.clock import wall_clock
    from gateway.replaying import patiently

    if not reason.strip():
        raise CommandError("--reason must say why.")
    tree = load(conf)
    with opened(tree) as store:
        service = build_service(tree, store, load_dialects(tree))
        who = actor_of(actor)
        outcome = patiently(lambda: service.discard(id, actor=who, reason=reason, now=wall_clock()))
    if outcome.outcome == "unknown":
        raise CommandError(f"There is no message {id}: `ecif failed list` shows their numbers.")
    if as_json:
        put(json.dumps(_outcome(outcome), ensure_ascii=False))
    else:
        say(f"Message {id}: {outcome.outcome}. {outcome.reason}".rstrip())
    if outcome.outcome == "settled" and outcome.reason != "it is discarded":
        raise typer.Exit(NO)


@contextmanager
def opened(tree: "Conf") -> "Iterator[Store]":
    from ecif.store.store import open_store

    store = open_store(tree.hub.database.url, reserve=tree.hub.run.numbers)
    try:
        yield store
    finally:
        store.close()


def known(tree: "Conf", system: str) -> None:
    if system and system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")


# ---------------------------------------------------------------- replay


def _replay(
    tree: "Conf", store: "Store", ids: list[int] | None, system: str, rate: float, actor: str, *,
    dry_run: bool,
) -> "list[Outcome]":  # fmt: skip
    from ecif.store import asides
    from gateway.bootstrap import build_service, load_dialects
    from gateway.pace import Pace
    from gateway.replaying import Replayer

    dialects = load_dialects(tree)
    if not ids:
        with store.reading() as connection:
            ids = asides.aside_ids(connection, system)
    replayer = Replayer(
        build_service(tree, store, dialects), dialects, actor=actor, pace=Pace(rate), rehearse=dry_run
    )
    outcomes: list[Outcome] = []
    for outcome in replayer.replay(list(dict.fromkeys(ids))):
        outcomes.append(outcome)
        if len(outcomes) % MUCH == 0:
            say(f"{len(outcomes)} of {len(ids)}")
    return outcomes


def _report(outcomes: "list[Outcome]", *, dry_run: bool, as_json: bool) -> None:
    taken = [one for one in outcomes if not one.kept and one.outcome not in ("settled", "unknown")]
    kept = [one for one in outcomes if one.kept]
    if as_json:
        results = [_outcome(one) for one in outcomes]
        counts = {"messages": len(outcomes), "replayed": len(taken), "kept": len(kept)}
        put(json.dumps({"dry_run": dry_run, **counts, "results": results}, ensure_ascii=False))
    else:
        for one in outcomes:
            put(f"{one.id:>12}  {one.system:<8} {one.outcome:<10} {one.code:<4} {one.reason}".rstrip())
        words = Counter(one.outcome for one in outcomes)
        told = ", ".join(f"{count} {word}" for word, count in sorted(words.items())) or "nothing to do"
        say(f"{len(taken)} {'would be' if dry_run else ''} replayed: {told}.".replace("  ", " "))
    unknown = [str(one.id) for one in outcomes if one.outcome == "unknown"]
    if unknown:
        raise CommandError(f"No such message: {', '.join(unknown)}.")
    if kept:
        raise typer.Exit(NO)


def _outcome(one: "Outcome") -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


# ---------------------------------------------------------------- looking


def _described(row: "JournalRow") -> dict[str, Any]:
    from ecif.views import moment

    return {
        "id": row.id,
        "at": moment(row.stored_at),
        "system": row.system,
        "direction": row.direction,
        "type": row.type,
        "message_id": row.message_id,
        "state": row.state,
        "code": row.code,
        "customer_no": row.customer_no,
        "ecif_no": row.ecif_no,
        "version": row.version,
        "reason": row.text if row.direction == "in" else f"{row.system} answered {row.code}",
    }


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['id']:>12}  {row['at']}  {row['system']:<8} {row['direction']:<3} {row['type']:<6} "
        f"{row['message_id']:<32} {row['code']:<4} {row['customer_no']:<20} {row['reason']}"
    )


def _acts(rows: "list[JournalRow]") -> list[dict[str, str]]:
    from ecif.views import moment

    found = []
    for row in rows:
        actor, _, reason = row.text.partition(": ")
        act = {"at": moment(row.stored_at), "act": row.type, "actor": actor, "outcome": row.state}
        found.append({**act, "reason": reason})
    return found


def _shown(
    tree: "Conf", row: "JournalRow", body: bytes | None, acts: "list[JournalRow]", *, clear: bool
) -> dict[str, Any]:
    from gateway.bootstrap import load_codec_of
    from gateway.disclosure import Disclosure
    from gateway.frames import take_message

    shown: dict[str, Any] = {**_described(row), "size": None, "raw": None, "message": None}
    if body is not None:
        shown |= {"size": len(body), "raw": body.hex() if clear else None}
        if row.system in tree.systems:
            taken = take_message(body, load_codec_of(tree, row.system))
            shown["message"] = Disclosure(tree.systems[row.system], clear=clear).as_json(row.system, taken)
    return {**shown, "acts": _acts(acts)}


def _tell(
    tree: "Conf", row: "JournalRow", body: bytes | None, acts: "list[JournalRow]", *, clear: bool
) -> None:
    from gateway.bootstrap import load_codec_of
    from gateway.cli.codecs import as_dump
    from gateway.disclosure import Disclosure
    from gateway.frames import take_message

    for name, value in _described(row).items():
        put(f"{name:<12} {value}".rstrip())
    for act in _acts(acts):
        put(f"{act['at']}  {act['act']} by {act['actor']}: {act['outcome']}  {act['reason']}".rstrip())
    if body is None:
        put("The bytes are no longer kept.")
    elif row.system not in tree.systems:
        put(f"{len(body)} bytes; {row.system} is no system of this conf.")
    else:
        codec = load_codec_of(tree, row.system)
        disclosure = Disclosure(tree.systems[row.system], clear=clear)
        for line in as_dump(take_message(body, codec), codec, disclosure):
            put(line)
