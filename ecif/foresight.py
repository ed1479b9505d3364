"""What an image makes of a record that nobody knows: worked out where it is read, for whoever decides later.

Most records of a first load are new, and then all of this is a function of the image alone: the record as its
first image makes it, and what that says of who it is. So a load does it in the process that reads, beside the
one that decides and writes. Whether the record *is* new is seen there only: then this is used, else not.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from ecif.matching import Matching
from ecif.messages import CustomerImage, First
from ecif.model import Dialect, Golden, SourceRecord
from ecif.reconcile.image import on_image

_NOTHING = Golden(values={})


def first_record(system: str, command: CustomerImage, dialect: Dialect) -> SourceRecord:
    return on_image(SourceRecord(system, command.change.customer_no, ""), command.change, _NOTHING, dialect)


def foreseen(command: CustomerImage, dialects: Mapping[str, Dialect], matching: Matching) -> CustomerImage:
    system = command.envelope.system
    record = first_record(system, command, dialects[system])
    return replace(command, first=First(record, matching.said(record)))
