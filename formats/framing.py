"""Where one message ends and the next begins: bytes in, frames out, without a socket (sans-IO).

| kind | frame | `limit` is compared with | sheets |
|---|---|---|---|
| `binary_length` | length as a binary number, then the body | the number | core, ebank, card |
| `digit_length` | length as digits (ASCII, EBCDIC, BCD), then the body | the number | loan, teller |
| `body_length` | the length is a field of the message itself | the message | |
| `fixed_size` | all of one size | the message | |
| `delimiter` | body, then a fixed mark | the body | lines of text |
| `stx_etx`, `stx_etx_lrc`, `stx_etx_bcc` | STX, text, ETX, check | the whole frame | wealth |
| `mllp` | VT, body, FS, CR | the whole frame | |
| `end_of_stream` | all until the sender finishes writing | the body | |

A reader is fed whatever arrives and gives the same frames at any split, in time proportional to the bytes.
A length that cannot be is refused on its prefix alone, before anything of the body is kept; after that the
line's frames cannot be found again: every further call raises the same error (`FaultKind.LENGTH`). An error
of another kind costs one frame only.

Each kind is declared and read in a file of its own (`framing_lengths`, `framing_marks`, `framing_whole`).
"""

from typing import Annotated, TypeAlias

from pydantic import Field

from formats.framing_base import ETX as ETX
from formats.framing_base import NAK as NAK
from formats.framing_base import STX as STX
from formats.framing_base import Frame as Frame
from formats.framing_base import FrameReader as FrameReader
from formats.framing_lengths import BinaryLength, BodyLength, DigitLength
from formats.framing_marks import Delimiter, Mllp, StxEtx, StxEtxBcc, StxEtxLrc
from formats.framing_whole import EndOfStream, FixedSize

Framing: TypeAlias = Annotated[
    BinaryLength
    | DigitLength
    | BodyLength
    | FixedSize
    | Delimiter
    | StxEtx
    | StxEtxLrc
    | StxEtxBcc
    | Mllp
    | EndOfStream,
    Field(discriminator="kind"),
]
