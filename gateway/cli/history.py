"""`ecif db anchor`, `prune`, `hold`: what keeps history provable, short and, where ordered, whole."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failed import opened
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
from gateway.cli.progress import NowAndThen
from gateway.clock import wall_clock

if TYPE_CHECKING:
    from ecif.pruning import Pruned
    from gateway.config.schema import Conf

_DAY = 86_400 * 1_000_000
Number = Annotated[str, typer.Argument(metavar="ECIF_NO", help="Of the customer; any of its numbers.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]


def add_to(group: typer.Typer) -> None:
    group.command("anchor", epilog="Example: ecif db anchor")(anchor)
    group.command("prune", epilog="Example: ecif db prune --keep-days 1825 --dry-run")(prune)
    group.command("hold", epilog="Example: ecif db hold 100000000017 --reason 'case 2026-7'")(hold)
    group.command("release", epilog="Example: ecif db release 100000000017 --reason closed")(release)
    group.command("holds", epilog="Example: ecif db holds --json")(holds)


def anchor(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """Anchor the history now; the running hub does it by itself every hour."""
    from ecif import anchoring
    from gateway.bootstrap import load_signers

    tree = load(conf)
    signer = next(iter(load_signers(tree)), None)
    with opened(tree) as store:
        made = list(anchoring.anchor(store, wall_clock(), signer, tree.hub.history.hashing))
    for one in made:
        put(json.dumps(one._asdict()) if as_json else f"{one.id}  {one.heads} heads  {one.digest}")
    if not made:
        say("Nothing has changed since the last anchor.")


def prune(
    before: Annotated[
        str, typer.Option(metavar="T", help="What was stored before: RFC 3339, or 90d ago.")
    ] = "",
    keep_days: Annotated[int, typer.Option(min=0, help="What is older than so many days; 0: not asked.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Take away old message bodies and old history: both by an option, or each by [retention] in conf.

    What is left can still be proven, from a signed checkpoint. Nothing under legal hold goes, and no history
    that is not as it was written. It works in small steps beside a running hub, and may be interrupted.
    """
    from msgspec.structs import asdict

    from ecif import pruning
    from gateway.bootstrap import load_signers

    tree = load(conf)
    bodies, events = _moments(tree, before, keep_days)
    signer = next(iter(load_signers(tree)), None)
    with opened(tree) as store:
        done = pruning.prune(
            store, bodies_before=bodies, events_before=events, now=wall_clock(), signer=signer,
            rehearse=dry_run, progress=NowAndThen(partial(_told, dry_run=False)),
        )  # fmt: skip
    put(json.dumps(asdict(done)) if as_json else _told(done, dry_run=dry_run))
    if done.broken:
        raise CommandError(
            f"{len(done.broken)} customers' history is not as it was written and was left alone; "
            "run `ecif verify`.", code=NO,
        )  # fmt: skip


def _moments(tree: "Conf", before: str, keep_days: int) -> tuple[int, int]:
    """For bodies and for history; 0: nothing of it."""
    from gateway.moments import BadMoment, microseconds_since

    if before and keep_days:
        raise CommandError("Either --before or --keep-days.")
    if before:
        try:
            moment = microseconds_since(before)
        except BadMoment as error:
            raise CommandError(f"--before {error}") from None
        return moment, moment
    if keep_days:
        return (wall_clock() - keep_days * _DAY,) * 2
    kept = tree.hub.retention
    if not kept.message_body_days and not kept.history_days:
        raise CommandError("Nothing to do: name --before or --keep-days, or a [retention] in hub.toml.")
    days = (kept.message_body_days, kept.history_days)
    bodies, events = (wall_clock() - one * _DAY if one else 0 for one in days)
    return bodies, events


def _told(done: "Pruned", *, dry_run: bool) -> str:
    gone = "would go" if dry_run else "went"
    return (
        f"{done.bodies} message bodies and {done.events} events of {done.parties} customers {gone}; "
        f"{done.held} left alone under legal hold."
    )


def hold(ecif_no: Number, reason: Reason, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Legal hold: nothing of this customer is pruned until `ecif db release`."""
    from ecif import legal_hold

    with opened(load(conf)) as store:
        try:
            legal_hold.place(store, ecif_no, actor=actor_of(actor), reason=reason, now=wall_clock())
        except legal_hold.NoSuchParty as error:
            raise CommandError(f"{ecif_no}: {error}.") from None
    say(f"{ecif_no} is under legal hold.")


def release(ecif_no: Number, reason: Reason, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Lift every legal hold on this number."""
    from ecif import legal_hold

    with opened(load(conf)) as store:
        lifted = legal_hold.lift(store, ecif_no, actor=actor_of(actor), reason=reason, now=wall_clock())
    if not lifted:
        raise CommandError(f"{ecif_no} is under no legal hold.", code=NO)
    say(f"{ecif_no} is free.")


def holds(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """Show all legal holds, also those that were lifted."""
    from msgspec.structs import asdict

    from ecif import legal_hold
    from ecif.views import moment

    with opened(load(conf)) as store:
        found = legal_hold.listed(store)
    for one in found:
        state = f"lifted {moment(one.lifted_at)} by {one.lifted_by}" if one.lifted_at else "in force"
        line = f"{one.ecif_no}  {moment(one.placed_at)}  {one.actor}  {state}  {one.reason}"
        put(json.dumps(asdict(one), ensure_ascii=False) if as_json else line)
