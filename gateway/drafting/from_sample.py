"""A draft from captured bytes: lines of fields where a separator shows, otherwise a fixed-width table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.charsets.charset import charset
from formats.errors import DeclarationError, Refused
from gateway.drafting.draft import Draft
from gateway.drafting.roles import DraftField, guess_roles
from gateway.drafting.samples import Column, Sample, columns_of, is_time, read_sample, separator_of

_REPLY = {"code": 4, "ecif_no": 12, "version": 9, "text": 60}


def draft_of_sample(data: bytes, path: Path, name: str) -> Draft:
    """Raises DeclarationError."""
    try:
        sample = read_sample(data)
    except Refused as refused:
        raise DeclarationError(f"{path.name}: {refused.rule}") from None
    separator = separator_of(sample.texts)
    if separator and sample.charset != "cp037":
        return _delimited(sample, path, name, separator)
    return _table(sample, path, name)


def _framing(framing: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in framing.items() if value is not False]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _type_of(text: str, fallback: str) -> str:
    text = text.strip()
    return text if text and text.isascii() and text.isalnum() else fallback


def _other(type: str, size: int) -> str:
    return next(text for text in ("RP01", "R1", "R", "A") if len(text) <= size and text != type)


def _table(sample: Sample, path: Path, name: str) -> Draft:
    own = charset(sample.charset)
    columns = columns_of(sample.bodies, own.blank)
    if len(columns) < 3:
        raise DeclarationError(f"{path.name}: no fields can be seen in {len(sample.bodies)} message(s)")
    named = [("TYPE" if at == 0 else f"FIELD-{at:02d}", column) for at, column in enumerate(columns)]
    fields = [DraftField(n, "time" if c.time else "text", c.width, in_head=not c.time) for n, c in named]
    roles = guess_roles(fields)
    last = max(at for at, (n, _) in enumerate(named) if n in (roles.type.field.name, roles.id.field.name))
    type = _type_of(sample.texts[0][: columns[0].width], "CU01")
    reply = _other(type, roles.type.field.size)
    text = "\n".join(
        [
            "#:schema ../../../docs/schema/table.schema.json",
            f"# Drafted from {path.name}: {len(sample.bodies)} message(s). A field begins where text follows",
            "# blanks; the real ones are in the system's own sheet. A row is [field, width in bytes, type].",
            "",
            "[tables.HEADER]",
            *_rows(named[: last + 1]),
            "",
            f'[records."{type}"]',
            *_rows(named[last + 1 :], '    "@HEADER",'),
            "",
            f'[records."{reply}"]',
            "rows = [",
            '    "@HEADER",',
            f'    ["REPLY-TO", {roles.id.field.size}, "text"],',
            *(
                f'    ["{n.upper()}", {w}, "{"digits" if n == "version" else "text"}"],'
                for n, w in _REPLY.items()
            ),
            "]",
            "",
        ]
    )
    codec = [
        'family = "table"',
        f'charset = "{sample.charset}"',
        f'tables = "{name}.toml"',
        'header = "HEADER"',
    ]
    return Draft(
        source=path.name,
        files={f"{name}.toml": text},
        framing=_framing(sample.framing),
        codec=[*codec, f'type_field = "{roles.type.field.name}"'],
        roles=roles,
        customer_type=type,
        reply_type=reply,
        reply_fields={"reply_to": "REPLY-TO", **{n: n.upper() for n in _REPLY}},
    )


def _rows(named: Sequence[tuple[str, Column]], first: str = "") -> list[str]:
    rows = [
        f'    ["{name}", {column.width}, "{"time" if column.time else "text"}"],' for name, column in named
    ]
    return ["rows = [", *([first] if first else []), *rows, "]"]


def _delimited(sample: Sample, path: Path, name: str, separator: str) -> Draft:
    split = [text.split(separator) for text in sample.texts]
    times = [is_time([row[at] for row in split]) for at in range(len(split[0]))]
    names = ["type", *(f"field-{at:02d}" for at in range(1, len(split[0])))]
    fields = [
        DraftField(n, "time" if t else "text", max(len(row[at]) for row in split) or 1, in_head=at < 2)
        for at, (n, t) in enumerate(zip(names, times, strict=True))
    ]
    roles = guess_roles(fields)
    type = _type_of(split[0][0], "CU01")
    reply = _other(type, 4)
    all_names = ", ".join(f'"{n}"' for n in names)
    reply_names = ", ".join(f'"{n}"' for n in ("type", names[1], "reply-to", *_REPLY))
    text = "\n".join(
        [
            "#:schema ../../../docs/schema/delimited.schema.json",
            f"# Drafted from {path.name}: {len(sample.bodies)} message(s). The real names are in its sheet.",
            "",
            "[text]",
            f'charset = "{sample.charset}"',
            f'separator = "{separator if separator != chr(9) else chr(92) + "t"}"',
            f'head = ["type", "{names[1]}"]',
            "",
            "[fields]",
            *(f'{n} = "{"time" if t else "text"}"' for n, t in zip(names, times, strict=True)),
            'reply-to = "text"',
            *(
                f'{n} = {{ type = "{"number" if n == "version" else "text"}", size = {w} }}'
                for n, w in _REPLY.items()
            ),
            "",
            "[messages]",
            f'"{type}" = [{all_names}]',
            f'"{reply}" = [{reply_names}]',
            "",
        ]
    )
    return Draft(
        source=path.name,
        files={f"{name}.toml": text},
        framing=_framing(sample.framing),
        codec=['family = "delimited"', f'lines = "{name}.toml"'],
        roles=roles,
        customer_type=type,
        reply_type=reply,
        reply_fields={"reply_to": "reply-to", **{n: n for n in _REPLY}},
    )
