"""What a wire does to the bytes of one direction, and the words that say so.

    latency=200ms jitter=50ms    every byte comes so much later; order is kept
    bandwidth=1000               bytes a second
    slice=3                      in pieces of at most so many bytes
    hang=yes                     nothing more is read or passed on; the sender's writes fill up and block
    reset-after=20               so many bytes more, then both ends are reset (TCP RST)

The kinds follow what Toxiproxy (Shopify) calls toxics. Each setting stands alone; those not named stay.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace


class BadSetting(ValueError):
    """A word that is no setting; the text says what is expected."""


@dataclass(frozen=True, slots=True)
class Faults:
    """One direction. The default passes everything on as it comes."""

    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    """Up to so much more, for each read anew."""
    bytes_per_second: int = 0
    """0: no limit."""
    slice_bytes: int = 0
    """0: as they come."""
    hanging: bool = False
    reset_after_bytes: int | None = None

    def changed(self, words: str) -> "Faults":
        """With what these words say, separated by blanks or commas. BadSetting names the first bad one."""
        settings: dict[str, float | int | bool | None] = {}
        for word in re.split(r"[\s,]+", words.strip()):
            name, equals, value = word.partition("=")
            if name not in _SETTINGS or not equals:
                expected = ", ".join(f"{known}=…" for known in _SETTINGS)
                raise BadSetting(f"{word!r} is no setting: expected {expected}")
            field, read = _SETTINGS[name]
            try:
                settings[field] = read(value)
            except ValueError as error:
                raise BadSetting(f"{name}: {error}") from None
        return replace(self, **settings)  # type: ignore[arg-type]


def seconds(text: str) -> float:
    """`200ms`, `1.5s` or a plain number of seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)?", text)
    if not found:
        raise ValueError("expected a time such as 200ms or 1.5s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text):
        raise ValueError("expected a number of bytes, 0 for no limit")
    return int(text)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("expected yes or no")
    return text == "yes"


def _count_or_never(text: str) -> int | None:
    return None if text == "never" else _count(text)


_SETTINGS: Mapping[str, tuple[str, Callable[[str], float | int | bool | None]]] = {
    "latency": ("latency_seconds", seconds),
    "jitter": ("jitter_seconds", seconds),
    "bandwidth": ("bytes_per_second", _count),
    "slice": ("slice_bytes", _count),
    "hang": ("hanging", _yes),
    "reset-after": ("reset_after_bytes", _count_or_never),
}
