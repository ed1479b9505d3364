"""A run over records that are all there: the stream, then what it left open is settled."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.engine import Engine
from ecif.linkage.settling import settle

PROGRESS_RECORDS: Final = 5_000


def run(
    model: CompiledModel, records: Sequence[Values], progress: Callable[[int], None] = lambda count: None
) -> Engine:
    """`progress` is told how many records are done, now and then."""
    engine = Engine(model)
    with no_garbage():
        for count, one in enumerate(records, 1):
            engine.add(one)
            if count % PROGRESS_RECORDS == 0:
                progress(count)
        settle(engine, model)
    return engine


@contextmanager
def no_garbage() -> Iterator[None]:
    """Records make no cycles; to look for them among millions of objects takes a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
