"""`ecif bench formats`: generated code beside code written by hand, interpreters and libraries.

    python -m bench.formats [conf]

Each file of contests is named in `FILES`; one that is not there is left out. How it is measured:
`contest.py`.
"""

import sys
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.contest import OURS, Contest, Outcome, hold
from bench.samples import codec_of, cu01

FILES = ("core_records", "loan_records", "ebank_tlv", "iso8583", "xml")
MOST_MEMORY = 1300
"""Bytes of a parsed CU01 without accounts."""


def run(conf: Path, progress: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """All figures, as they are printed with --json."""
    outcomes = []
    for contest in _contests(conf):
        progress(f"{contest.task}, {contest.way}")
        outcomes.append(hold(contest))
    memory = memory_of_a_record(conf)
    rows = [_row(outcome) for outcome in outcomes]
    missed = [f"{row['task']}, {row['way']}: {row['misses']}" for row in rows if row["misses"]]
    if memory > MOST_MEMORY:
        missed.append(f"memory of a parsed CU01: {memory} bytes")
    return {"contests": rows, "memory_of_a_parsed_cu01_bytes": memory, "missed": missed}


def _contests(conf: Path) -> Iterable[Contest]:
    for name in FILES:
        if find_spec(f"bench.{name}") is not None:
            yield from import_module(f"bench.{name}").contests(conf)


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "task": outcome.contest.task,
        "way": outcome.contest.way,
        "microseconds": {name: round(ns / 1000, 2) for name, ns in outcome.nanoseconds.items()},
        "times_as_fast_as": {name: round(ratio, 2) for name, ratio in outcome.ratios.items()},
        "demanded": dict(outcome.contest.demands),
        "misses": list(outcome.misses),
    }


def memory_of_a_record(conf: Path, copies: int = 2000) -> int:
    """Bytes that one more parsed CU01 without accounts holds, as the allocator counts them."""
    codec = codec_of(conf, "core")
    fields = cu01(0)
    bodies = [codec.build("CU01", fields | {"CUST-NO": f"{i:012d}"}) for i in range(copies)]
    kept: list[Any] = [None] * copies
    codec.parse(bodies[0])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for i, body in enumerate(bodies):
            kept[i] = codec.parse(body)[1]
        return (tracemalloc.get_traced_memory()[0] - before) // copies
    finally:
        tracemalloc.stop()


def table(figures: Mapping[str, Any]) -> Table:
    """Medians in µs; behind each contestant how many times as fast ours is, and what is demanded of it."""
    table = Table(title="µs of processor time, medians; (times as fast as, demanded)")
    for column in ("task", "way", OURS):
        table.add_column(column)
    table.add_column("others")
    for row in figures["contests"]:
        others = "  ".join(_other(name, row) for name in row["times_as_fast_as"])
        table.add_row(row["task"], row["way"], f"{row['microseconds'][OURS]:.2f}", others)
    return table


def _other(name: str, row: Mapping[str, Any]) -> str:
    least = row["demanded"].get(name)
    mark = "" if least is None else f" ≥ {least}" if name not in row["misses"] else f" < {least} MISSED"
    return f"{name} {row['microseconds'][name]:.2f} (x{row['times_as_fast_as'][name]:.2f}{mark})"


if __name__ == "__main__":
    seen = run(Path(sys.argv[1] if len(sys.argv) > 1 else "conf"))
    Console(width=150).print(table(seen), seen["memory_of_a_parsed_cu01_bytes"], seen["missed"])
