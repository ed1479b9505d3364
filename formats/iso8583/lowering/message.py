"""One message type as straight-line Python, written when its declaration is loaded.

| file | writes |
|---|---|
| `reading` | `parse`: bitmaps, then element by element |
| `runs` | elements of fixed sizes beside each other, as one regular expression |
| `tags_reading` | elements of tags |
| `writing` | `build` |
| `values` | one value, both ways |
| `rows` | lists of entries inside an element, both ways |
| `slowly` | what is called where nothing is generated |

Nothing is diagnosed here: whatever does not fit raises `Refused`, and the careful way finds out why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.codec import Fields
from formats.iso8583.lowering.reading import lower_reading
from formats.iso8583.lowering.writing import lower_writing
from formats.iso8583.spec import Message, Spec


@dataclass(frozen=True, slots=True)
class Lowered:
    parse: Callable[[bytes], Fields]
    build: Callable[[Mapping[str, Any]], bytes]


def lowered(spec: Spec, message: Message) -> Lowered:
    return Lowered(lower_reading(spec, message).function, lower_writing(spec, message).function)
