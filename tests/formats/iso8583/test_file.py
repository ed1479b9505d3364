"""Declarations that cannot work are refused when they are loaded, with file, line and key."""

from pathlib import Path

import pytest

from formats.errors import DeclarationError
from formats.iso8583.codec import load_iso8583

SOUND = """
[message]
version = 1987

[elements]
3 = "n 6"
7 = { format = "n 10", time = "MMDDhhmmss" }
48 = { format = "LLLVAR ..999", content = "more" }
128 = "b 64"

[tags.more]
tag = 2
length = 3
fields = { "01" = "text" }

[messages]
"0100" = "3 7 48"
"""


def _faults(tmp_path: Path, text: str) -> list[DeclarationError]:
    path = tmp_path / "messages.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ExceptionGroup) as raised:
        load_iso8583(path, "network", None)
    return list(raised.value.exceptions)  # type: ignore[arg-type]


def test_it_is_sound(tmp_path: Path) -> None:
    (tmp_path / "messages.toml").write_text(SOUND, "utf-8")
    assert load_iso8583(tmp_path / "messages.toml", "network", None).types == {"0100"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('3 = "n 6"', '3 = "m 6"', "elements.3"),
        ('3 = "n 6"', '3 = "LLVAR n 6"', "elements.3"),
        ('3 = "n 6"', '3 = "LVAR n..12"', "elements.3"),
        ('3 = "n 6"', '3 = "b 12"', "elements.3"),
        ('3 = "n 6"', '1 = "n 6"', "elements.1"),
        ('3 = "n 6"', '129 = "n 6"', "elements.129"),
        ('3 = "n 6"', '3 = { format = "n 6", always = "12345" }', "elements.3"),
        ('3 = "n 6"', '3 = { format = "an 6", charset = "no such" }', "elements.3.charset"),
        ('"MMDDhhmmss"', '"MMDDhhmm"', "elements.7.time"),
        ('"MMDDhhmmss"', '"DDMMhhmmss"', "elements.7.time"),
        ('content = "more"', 'content = "less"', "elements.48"),
        ('"01" = "text"', '"001" = "text"', "tags.more.fields.001"),
        ('"01" = "text"', '"01" = { content = "more" }', "tags.more.fields.01"),
        ('"3 7 48"', '"3 7 49"', "messages.0100"),
        ('"3 7 48"', '"3 3"', "messages.0100"),
        ('"0100" =', '"100" =', "messages.100"),
        ("version = 1987", "version = 1987\nseal = 128", "messages.0100"),
    ],
)
def test_a_fault_names_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in SOUND
    faults = _faults(tmp_path, SOUND.replace(old, new))
    assert key in [fault.key for fault in faults]
    assert all(fault.line > 0 and fault.file for fault in faults)


def test_joined_elements_are_of_fixed_sizes(tmp_path: Path) -> None:
    text = SOUND.replace("[messages]", '[joined]\nID = ["3", "48"]\n\n[messages]')
    assert [fault.key for fault in _faults(tmp_path, text)] == ["joined.ID"]
