"""A run on Splink: the database finds and scores pairs, then the stream's own code makes parties of them.

Splink ends with connected components, which chain strangers together. Here its pairs become what the stream
would have noted about each record, and `settle` puts the parties together: the score of whole parties, the
margin and the vetoes are the same whoever finds the pairs.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from ecif.bulk.rows import frequencies, table
from ecif.bulk.settings import Function, settings
from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.engine import Engine
from ecif.linkage.lowered import SPARED
from ecif.linkage.running import no_garbage
from ecif.linkage.settling import settle

Progress: TypeAlias = Callable[[str], None]
Pair: TypeAlias = tuple[int, int, float]
QUIET: Final = logging.ERROR


class Backend(Protocol):
    """What this needs of a database that Splink works on."""

    dialect: str

    def api(self) -> Any: ...

    def register(self, name: str, function: Function) -> None: ...

    def frame(self, columns: Mapping[str, Sequence[Any]]) -> Any:
        """What the API's `register` takes."""
        ...


def linker(model: CompiledModel, records: Sequence[Values], backend: Backend) -> Any:
    """Splink's linker with the model in it."""
    from splink import Linker

    declared, functions = settings(model, backend.dialect)
    for name, function in functions.items():
        backend.register(name, function)
    api = backend.api()
    logging.getLogger("splink").setLevel(QUIET)
    made = Linker(api.register(backend.frame(table(model, records))), declared, log_level=QUIET)
    for column, frequency in frequencies(model):
        made.table_management.register_term_frequency_lookup(api.register(backend.frame(frequency)), column)
    return made


def pairs(model: CompiledModel, records: Sequence[Values], backend: Backend, floor: float) -> list[Pair]:
    """Two records and Splink's match weight, where it is at least `floor`."""
    found = linker(model, records, backend).inference.predict(threshold_match_weight=floor)
    rows = found.query_sql("SELECT record_l, record_r, match_weight FROM {this}").as_record_list()
    return [(int(row["record_l"]), int(row["record_r"]), float(row["match_weight"])) for row in rows]


def run(
    model: CompiledModel,
    records: Sequence[Values],
    backend: Backend,
    progress: Progress = lambda text: None,
) -> Engine:
    engine = Engine(model)
    progress("pairs")
    found = pairs(model, records, backend, engine.floor)
    progress(f"{len(found)} pairs")
    with no_garbage():
        engine.take(records, _edges(model, records, engine.floor, found))
        settle(engine, model)
    return engine


def _edges(
    model: CompiledModel, records: Sequence[Values], floor: float, found: Sequence[Pair]
) -> list[Pair]:
    """As the stream notes them: a pair that a veto spares counts by what it says without it."""
    least = model.declared.thresholds.alone
    edges = []
    for a, b, _ in found:
        score = model.score(records[a], records[b], floor)
        if score == SPARED and model.scorer_alone(records[a], records[b], floor) < least:
            continue
        if score >= floor or score == SPARED:
            edges.append((max(a, b), min(a, b), score))
    return edges
