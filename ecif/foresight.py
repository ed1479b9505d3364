"""What an image makes of a record that nobody knows: worked out where it is read, for whoever decides later.

Most records of a first load are new, and then all of this is a function of the image alone: the record as its
first image makes it, what that says of who it is, and, should the customer be new as well, the golden record
with its change event. So a load does it in the process that reads, beside the one that decides and writes.
Whether record and customer *are* new is seen there only: then this is used, else not.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from ecif.matching import Matching
from ecif.messages import CustomerImage, First
from ecif.model import Dialect, SourceRecord
from ecif.reconcile.image import on_image
from ecif.store.rows import json_text
from ecif.survivorship import Rules, golden
from ecif.work import NOTHING, difference


def first_record(system: str, command: CustomerImage, dialect: Dialect) -> SourceRecord:
    return on_image(SourceRecord(system, command.change.customer_no, ""), command.change, NOTHING, dialect)


def foreseen(
    command: CustomerImage, dialects: Mapping[str, Dialect], rules: Rules, matching: Matching
) -> CustomerImage:
    system = command.envelope.system
    record = first_record(system, command, dialects[system])
    alone = golden([record], {}, rules, dialects)
    first = First(record, matching.weighed(record), alone, json_text(difference(NOTHING, alone)))
    return replace(command, first=first)
