"""A drafted system as files: `system.toml` with a mark at each guess, and the layouts beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.drafting.roles import Guess, Roles

_SURE, _GUESS = "", "    # GUESS: nothing in the layout says so"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a copybook or a sample told."""

    source: str
    """Where it came from, in words."""
    files: Mapping[str, str | bytes]
    """Layouts beside `system.toml`."""
    framing: Sequence[str]
    codec: Sequence[str]
    """Lines of these sections."""
    roles: Roles
    customer_type: str
    """The message type that is a customer's image."""
    reply_type: str
    reply_fields: Mapping[str, str]
    """What its reply says → field."""


def write_draft(draft: Draft, name: str, folder: Path, port: int) -> list[Path]:
    """The files written. The folder must not be there yet."""
    folder.mkdir(parents=True)
    files: dict[str, str | bytes] = {
        "system.toml": "\n".join(_system(draft, name, port)) + "\n",
        **draft.files,
    }
    written = []
    for file, content in files.items():
        path = folder / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        written.append(path)
    return written


def _system(draft: Draft, name: str, port: int) -> Iterator[str]:
    roles = draft.roles
    yield "#:schema ../../../docs/schema/system.schema.json"
    yield f"# Drafted from {draft.source}. It passes `ecif check`; whether it is true, only the system's own"
    yield "# sheet says: look at every line, at those marked GUESS first. See docs/adding-a-system.md."
    yield from ("", "[system]", f'title = "{name}"', 'time_zone = "+08:00"')
    yield from ('pushes = "no"    # until there is a message with the role push', "clock_skew_seconds = 2")
    yield from ("", "[listen]", f'address = "127.0.0.1:{port}"', 'allow = ["127.0.0.0/8", "::1/128"]')
    style = "short" if 'kind = "end_of_stream"' in draft.framing else "long"
    yield from (f'style = "{style}"', "connections = 4", 'when_full = "close_longest_silent"')
    yield from ("", "[framing]", *draft.framing, "", "[codec]", *draft.codec, "")
    yield from _envelope(roles)
    yield from _messages(draft)
    yield from _customer(roles)


def _line(key: str, guess: Guess) -> str:
    return f'{key} = "{guess.field.name}"{_SURE if guess.sure else _GUESS}'


def _envelope(roles: Roles) -> Iterator[str]:
    length = max(12, min(64, roles.id.field.size))
    yield from (
        "[envelope]",
        _line("type", roles.type),
        _line("id", roles.id),
        _line("sent_at", roles.sent_at),
    )
    yield from (f"new_id = {{ length = {length} }}", "")


def _messages(draft: Draft) -> Iterator[str]:
    roles = draft.roles
    required = ", ".join(
        f'"{name}"' for name in dict.fromkeys((roles.id.field.name, roles.number.field.name))
    )
    yield from (f'[messages."{draft.customer_type}"]', 'role = "customer"', f'reply = "{draft.reply_type}"')
    yield from (f"required = [{required}]", "", f'[messages."{draft.reply_type}"]', 'role = "reply"')
    pairs = ", ".join(f'{key} = "{field}"' for key, field in draft.reply_fields.items())
    yield from (f"fields = {{ {pairs} }}", "", "[unknown]", f'reply = "{draft.reply_type}"', "")


def _customer(roles: Roles) -> Iterator[str]:
    yield from (
        "[customer]",
        _line("number", roles.number),
        _line("seq", roles.seq),
        "seq_limit = 999999999",
        "",
    )
    yield "[customer.values]"
    mark = _SURE if roles.kind.sure else _GUESS
    yield f'kind = {{ field = "{roles.kind.field.name}", codes = "kind" }}{mark}'
    for attribute, guess in roles.others.items():
        typed = ', type = "date"' if guess.field.kind == "date" else ""
        yield f'{attribute} = {{ field = "{guess.field.name}"{typed} }}'
    values = [value for value in roles.kind.field.values if value.strip()]
    person, organization = ([*values, "P", "O"])[:2] if len(values) != 1 else (values[0], "O")
    mark = _SURE if len(values) > 1 else _GUESS
    yield from (
        "",
        "[codes.kind]",
        f'person = ["{person}"]{mark}',
        f'organization = ["{organization}"]{mark}',
    )
