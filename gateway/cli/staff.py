"""`ecif staff`: accounts of those who log in to API and console. Every change is in the audit trail."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from gateway.cli.options import (
    DEFAULT_CONF,
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
    from ocrm_api.access.accounts import Accounts
    from ocrm_api.access.store import Account

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="Of the account.")]
PasswordStdin: TypeAlias = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]
Branch: TypeAlias = Annotated[
    str, typer.Option("--branch", metavar="CODE", help="Sees customers of this branch and those under it.")
]
Own: TypeAlias = Annotated[bool, typer.Option("--own", help="Sees only customers whose manager it is.")]
Manager: TypeAlias = Annotated[
    str, typer.Option("--manager", metavar="ID", help="How customers name it as manager, if not by NAME.")
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="Accounts of the staff.", no_args_is_help=True)
    for command, example in (
        (add, "add li.na --role steward --password-stdin < password.txt"),
        (list_, "list --json"),
        (disable, "disable li.na"),
        (enable, "enable li.na"),
        (change, "change li.na --role viewer --branch 230102"),
        (password, "password li.na --password-stdin < password.txt"),
        (second_factor, "second-factor li.na"),
        (token, "token warehouse --days 90 --scope changes.read"),
        (revoke, "revoke warehouse"),
        (unlock, "unlock li.na"),
    ):
        name = command.__name__.rstrip("_").replace("_", "-")
        group.command(name, epilog=f"Example: ecif staff {example}")(command)
    app.add_typer(group, name="staff")


def add(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="viewer, steward, operator, admin or another of conf.")],
    password_stdin: PasswordStdin = False,
    branch: Branch = "",
    own: Own = False,
    manager: Manager = "",
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Make an account. Without a password it can use tokens and OpenID Connect only."""
    secret = _read_password() if password_stdin else None
    with _accounts(conf, actor, "add", account=name, role=role) as accounts:
        accounts.add(
            name, role, password=secret, branch=branch or None, own_only=own, manager=manager or None
        )
    say(f"The account {name} is made.")


def list_(conf: ConfFolder = DEFAULT_CONF, as_json: AsJson = False) -> None:
    """All accounts, without anything secret."""
    with _accounts(conf) as accounts:
        found = accounts.all()
    if as_json:
        put(json.dumps([_described(one) for one in found], ensure_ascii=False))
        return
    for one in map(_described, found):
        state = "disabled" if one["disabled"] else "locked" if one["locked_until"] else ""
        scope = "own customers" if one["own_only"] else one["branch"] or "whole bank"
        put(f"{one['name']:<24} {one['role']:<12} {scope:<16} {state}".rstrip())
    say(f"{len(found)} account(s).")


def disable(name: Name, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Close an account: its sessions end at once, its tokens are refused."""
    with _accounts(conf, actor, "disable", account=name) as accounts:
        accounts.disable(name)
    say(f"The account {name} is disabled.")


def enable(name: Name, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Open an account again. Tokens that were not revoked work again."""
    with _accounts(conf, actor, "enable", account=name) as accounts:
        accounts.enable(name)
    say(f"The account {name} is enabled.")


def change(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="Its new role; otherwise it keeps it.")] = "",
    branch: Branch = "",
    own: Own = False,
    manager: Manager = "",
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Give an account another role or scope: without --branch and --own it sees the whole bank."""
    with _accounts(conf, actor, "change", account=name, role=role or None, branch=branch or None) as accounts:
        accounts.set_role(
            name,
            role or accounts.get(name).role,
            branch=branch or None,
            own_only=own,
            manager=manager or None,
        )
    say(f"The account {name} is changed; who was logged in with it logs in again.")


def password(
    name: Name, password_stdin: PasswordStdin = False, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF
) -> None:
    """Give an account a new password; asked for without showing it, or read from standard input."""
    secret = _read_password() if password_stdin or not sys.stdin.isatty() else _ask_password()
    with _accounts(conf, actor, "password", account=name) as accounts:
        accounts.set_password(name, secret)
    say(f"The account {name} has a new password.")


def second_factor(
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="Take it away.")] = False,
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Give an account a second factor: prints the address for an authenticator app, then recovery codes."""
    import pyotp

    from ocrm_api.access.secrets import recovery_codes

    secret, codes = pyotp.random_base32(), recovery_codes()
    with _accounts(conf, actor, "second factor", account=name, off=off) as accounts:
        if off:
            accounts.drop_totp(name)
        else:
            accounts.set_totp(name, secret, codes)
    if off:
        say(f"The account {name} has no second factor now.")
        return
    put(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="ECIF"))
    put("\n".join(codes))
    say("First the address for the app, then codes that each stand in for it once. They are shown only now.")


def token(
    name: Name,
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=3660, help="How long.")] = 90,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", metavar="PERMISSION", help="Limit it to these.")
    ] = None,
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help="What it is for.")] = "",
    actor: Actor = "",
    conf: ConfFolder = DEFAULT_CONF,
) -> None:
    """Make an API token and print only it. Used as: Authorization: Bearer TOKEN."""
    with _accounts(conf, actor, "token", account=name, days=days, scopes=scope) as accounts:
        made = accounts.issue_token(name, days=days, label=label or None, scopes=tuple(scope or ()) or None)
    put(made)


def revoke(name: Name, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Revoke all tokens of an account."""
    with _accounts(conf, actor, "revoke", account=name) as accounts:
        count = accounts.revoke_tokens(name)
    say(f"{count} token(s) of {name} are revoked.")


def unlock(name: Name, actor: Actor = "", conf: ConfFolder = DEFAULT_CONF) -> None:
    """Let an account log in that was locked after too many wrong passwords."""
    with _accounts(conf, actor, "unlock", account=name) as accounts:
        accounts.unlock(name)
    say(f"The account {name} can log in.")


@contextmanager
def _accounts(folder: Any, actor: str = "", act: str = "", **notes: Any) -> "Iterator[Accounts]":
    """The accounts of the conf's database. An act is in the trail before it is done, its outcome after."""
    from gateway.surroundings import prepare_database
    from ocrm_api.access.accounts import Accounts, NotAllowed
    from ocrm_api.chains import OCRM, TRAIL, trail_url
    from ocrm_api.database import Database
    from ocrm_api.trail.entry import Entry
    from ocrm_api.trail.trail import Trail

    tree = load(folder)
    prepare_database(tree)
    url = tree.hub.database.url
    database = Database(url, OCRM)
    trail = Trail(Database(trail_url(url), TRAIL), tree.hub.run.anchors)

    def tell(outcome: str) -> None:
        if act:
            told = {name: value for name, value in notes.items() if value is not None}
            entry = Entry(f"staff {act}", actor_of(actor), "cli", notes={**told, "outcome": outcome})
            trail.record(entry).result()

    try:
        tell("begun")
        yield Accounts(database, tree.staff)
        tell("done")
    except NotAllowed as error:
        tell("refused")
        raise CommandError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    finally:
        trail.close()
        database.close()


def _described(account: "Account") -> dict[str, Any]:
    from ecif.views import moment
    from ocrm_api.trail.entry import now

    locked = account.locked_until > now()
    return {
        "name": account.name,
        "role": account.role,
        "branch": account.branch,
        "own_only": account.own_only,
        "manager": account.manager,
        "disabled": account.disabled_at is not None,
        "locked_until": moment(account.locked_until) if locked else None,
        "password": account.password is not None,
        "second_factor": account.totp is not None,
        "created_at": datetime.fromtimestamp(account.created_at / 1_000_000, UTC).isoformat(),
    }


def _read_password() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError("Standard input has no password: one line is wanted.")
    return line


def _ask_password() -> str:
    import getpass

    first = getpass.getpass("New password: ")
    if getpass.getpass("Again: ") != first:
        raise CommandError("The two are not the same.")
    return first
