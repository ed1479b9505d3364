"""A whole load: batch after batch into the store, whoever reads them.

Shapes and headers of all files are looked at before anything is taken in, so that a wrong call changes
nothing.
"""

from collections.abc import Callable, Iterable

from gateway.loading.batches import Batch
from gateway.loading.loader import Loader
from gateway.loading.tally import Aside, Tally, line_of


class Load:
    def __init__(self, loader: Loader, aside: Aside) -> None:
        self._loader, self._aside = loader, aside
        self.tally = Tally()

    def run(self, batches: Iterable[Batch], progress: Callable[[int], None]) -> None:
        """`progress` hears after each batch how many bytes are behind it."""
        before, source = 0, None
        for batch in batches:
            if source is not None and batch.source is not source and batch.source != source:
                before += source.size
            source = batch.source
            self._commit(batch)
            progress(before + batch.behind)
            del batch  # before the next one comes: two would be in memory

    def _commit(self, batch: Batch) -> None:
        self.tally.records += batch.records
        self.tally.passed_over += batch.passed_over
        if batch.broken:
            self.tally.broken.append(batch.broken)
        if not batch.waiting:
            return
        outcomes = self._loader.commit([one.command for one in batch.waiting])
        for one, (reply, repeated) in zip(batch.waiting, outcomes, strict=True):
            if not self.tally.took(reply, repeated=repeated):
                source = batch.source
                self._aside.put(line_of(source.path, one.at, source.unit, one.command, reply))
        self.tally.mark()
