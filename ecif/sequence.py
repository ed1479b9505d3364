"""Which of two images of one customer is the newer, where the system need not number its changes.

With `seq` in an image and any in the record, `seq` decides; without, the sent time, then the message id
(interfaces: teller). The rest of the hub knows one order only, `PartyChange.seq`; so such an image is given
the hub's own count: one above the record's if it is newer, the record's own, which is not, if it is older.
"""

from msgspec.structs import replace

from ecif.model import Newest, PartyChange, SourceRecord


def counted(record: SourceRecord | None, change: PartyChange, message_id: str) -> tuple[PartyChange, Newest]:
    """The image under the hub's count, and what the next one is measured by if this one is taken."""
    newest = record.newest if record is not None else None
    here = Newest(change.seq, change.sent_at, message_id)
    if record is None or newest is None:
        return replace(change, seq=1 if record is None else record.seq + 1), here
    if not newer(here, newest):
        return replace(change, seq=record.seq), newest
    return replace(change, seq=record.seq + 1), replace(here, seq=here.seq or newest.seq)


def newer(image: Newest, than: Newest) -> bool:
    if image.seq and than.seq:
        return image.seq > than.seq
    return (image.sent_at, image.message_id) > (than.sent_at, than.message_id)
