"""All records of a system marked to be pushed, page by page beside a running hub, at a pace."""

from collections.abc import Callable, Sequence
from functools import partial

from ecif.resync import Marked
from ecif.service import Service
from ecif.store import asides
from ecif.store.store import Store
from gateway.bootstrap import build_service, load_dialects
from gateway.clock import wall_clock
from gateway.config.schema import Conf
from gateway.pace import Pace
from gateway.replaying import patiently

PORTION = 200


def resync_system(
    conf: Conf,
    store: Store,
    system: str,
    *,
    since: int,
    rate: float,
    actor: str,
    rehearse: bool,
    progress: Callable[[int], None] = lambda count: None,
) -> Marked:
    """Counts by what became of the records. A rehearsal decides and writes each page, and takes it back."""
    service, pace = build_service(conf, store, load_dialects(conf)), Pace(rate)
    found, count, after, size = Marked(), 0, "", pace.portion(PORTION)
    while True:
        with store.reading() as connection:
            numbers = asides.numbers_of(connection, system, after=after, since=since, limit=size)
        if not numbers:
            break
        found += patiently(partial(_mark, service, system, numbers, rehearse))
        after, count = numbers[-1], count + len(numbers)
        progress(count)
        if not rehearse and len(numbers) == size:
            pace.wait(len(numbers))
    if not rehearse:
        text = f"{count} customers, {found.marked} newly marked"
        patiently(lambda: service.note_resync(system, text, actor=actor, now=wall_clock()))
    return found


def _mark(service: Service, system: str, numbers: Sequence[str], rehearse: bool) -> Marked:
    keys = [(system, number) for number in numbers]
    return service.resync(keys, now=wall_clock(), rehearse=rehearse)
