"""The feed of changes: positions are given by one writer at a time to what is committed, so a follower that
keeps its cursor misses nothing and sees nothing twice (`ocrm_api.search.follower`).

Within a row scope the positions of other parties are passed over: their numbers are not told.
"""

from collections.abc import Sequence

import msgspec

from ecif.store import following
from ecif.store.store import Store
from ocrm_api.cursors import BadCursor
from ocrm_api.feeds.schema import ChangeEvent, Changes
from ocrm_api.parties.reading import Reader, moment
from ocrm_api.search import store as rows
from ocrm_api.search.desk import SearchDesk
from ocrm_api.search.store import Fed

ABOUT = "changes"


class Expired(Exception):
    """The feed was made anew: positions of before mean nothing. Take a full copy, then follow again."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    epoch: str
    position: int


def changes(store: Store, search: SearchDesk, reader: Reader, cursor: str | None, limit: int) -> Changes:
    """After the cursor, or from the oldest that is kept. Raises BadCursor, Expired."""
    place = search.cursors().open(cursor, ABOUT, _Place) if cursor else None
    with search.index().reading() as connection:
        state = rows.state_of(connection)
        if state is None:
            raise BadCursor("the feed has not begun") if cursor else Expired
        if place is not None and place.epoch != state.epoch:
            raise Expired
        fed = rows.fed_after(connection, place.position if place else 0, limit + 1)
    more, fed = len(fed) > limit, fed[:limit]
    last = fed[-1].position if fed else (place.position if place else 0)
    return Changes(
        items=[_event(one) for one in _seen(store, fed, reader)],
        cursor=search.cursors().seal(_Place(state.epoch, last), ABOUT),
        more=more,
    )


def _seen(store: Store, fed: Sequence[Fed], reader: Reader) -> list[Fed]:
    if reader.scope.whole:
        return list(fed)
    with store.reading() as connection:
        heads = following.heads_of(connection, {one.ecif_no for one in fed})
        parties = following.parties(connection, set(heads.values()))
    seen = {number for number, head in heads.items() if reader.scope.sees(parties[head].golden)}
    return [one for one in fed if one.ecif_no in seen]


def _event(one: Fed) -> ChangeEvent:
    return ChangeEvent(one.position, one.ecif_no, one.seq, one.version, one.cause, moment(one.stored_at))
