"""The EBCDIC pages under Python's own roof: after `register()` whatever takes the name of an encoding takes
these, `str.encode("cp935")` and `open(path, encoding="ibm-1388")` for instance.

| names | pages |
|---|---|
| `cp037` `cp500` `cp1140` | Python's own; `ibm…`, `ccsid…` are added |
| `cp1047` | single byte, from its table |
| `cp935` `cp937` `cp1388` `cp930` `cp939` | single and double bytes with SO and SI (`mixed`) |

`CP`, `IBM`, `CCSID` with or without a hyphen or blank before the number, in any case.
"""

import codecs
import re
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from formats.charsets.mixed import MixedCodec, mixed
from formats.charsets.tables import Page

if TYPE_CHECKING:
    from typing_extensions import Buffer

_NAME = re.compile(r"(?:cp|ibm|ccsid)[_ -]?0*(\d+)")
_PYTHONS = {"37": "cp037", "500": "cp500", "1140": "cp1140"}
_SINGLE = {"1047": "cp1047"}
MIXED = ("cp935", "cp937", "cp1388", "cp930", "cp939")


@cache
def register() -> None:
    """Adds the names; a second call does nothing."""
    codecs.register(_search)


def _search(name: str) -> codecs.CodecInfo | None:
    found = _NAME.fullmatch(name)
    number = found.group(1) if found else ""
    if number in _PYTHONS:
        return codecs.lookup(_PYTHONS[number])
    if number in _SINGLE:
        return _single_info(_SINGLE[number])
    return _mixed_info(mixed(f"cp{number}")) if f"cp{number}" in MIXED else None


@cache
def _single_info(name: str) -> codecs.CodecInfo:
    page = Page(name)
    table = "".join(page.single.get(code, "\ufffe") for code in range(256))
    back = {ord(character): code[0] for character, code in page.to_single.items()}

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.charmap_encode(text, errors, back)

    def decode(data: "Buffer", errors: str = "strict", /) -> tuple[str, int]:
        return codecs.charmap_decode(data, errors, table)

    class Encoder(codecs.IncrementalEncoder):
        def encode(self, text: str, final: bool = False) -> bytes:
            return encode(text, self.errors)[0]

    class Decoder(codecs.IncrementalDecoder):
        def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
            return decode(data, self.errors)[0]

    return codecs.CodecInfo(encode, decode, incrementalencoder=Encoder, incrementaldecoder=Decoder, name=name)


class _Encoder(codecs.IncrementalEncoder):
    """The shift stays on from one piece to the next and is closed by the last."""

    def __init__(self, codec: MixedCodec, errors: str = "strict") -> None:
        super().__init__(errors)
        self._codec, self._shifted = codec, False

    def encode(self, text: str, final: bool = False) -> bytes:
        data, self._shifted = self._codec.encode_on(text, self.errors, shifted=self._shifted, final=final)
        return data

    def reset(self) -> None:
        self._shifted = False

    def getstate(self) -> int:
        return int(self._shifted)

    def setstate(self, state: int | str) -> None:
        self._shifted = bool(state)


class _Decoder(codecs.BufferedIncrementalDecoder):
    """Half a character waits for its other half."""

    def __init__(self, codec: MixedCodec, errors: str = "strict") -> None:
        super().__init__(errors)
        self._codec, self._shifted = codec, False

    def _buffer_decode(self, data: bytes, errors: str, final: bool) -> tuple[str, int]:  # type: ignore[override]
        text, used, self._shifted = self._codec.decode_on(data, errors, shifted=self._shifted, final=final)
        return text, used

    def reset(self) -> None:
        super().reset()
        self._shifted = False

    def getstate(self) -> tuple[bytes, int]:
        return self.buffer, int(self._shifted)

    def setstate(self, state: tuple[bytes, int]) -> None:
        self.buffer, self._shifted = state[0], bool(state[1])


@cache
def _mixed_info(codec: MixedCodec) -> codecs.CodecInfo:
    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return codec.encode(text, errors), len(text)

    def decode(data: "Buffer", errors: str = "strict", /) -> tuple[str, int]:
        whole = bytes(data)
        return codec.decode(whole, errors), len(whole)

    encoder: Callable[..., codecs.IncrementalEncoder] = partial(_Encoder, codec)
    decoder: Callable[..., codecs.IncrementalDecoder] = partial(_Decoder, codec)
    return codecs.CodecInfo(
        encode,
        decode,
        incrementalencoder=encoder,
        incrementaldecoder=decoder,
        name=codec.name,
    )
