"""`ecif bench`: the benchmarks of `bench/`, each with its baseline in the same run."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, ConfFolder, load, put, say

BENCH_CONF = Path("bench/conf")


class Bench(StrEnum):
    INTAKE = "intake"
    ALL = "all"


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif bench intake --json")(bench)


def bench(
    which: Annotated[Bench, typer.Argument(help="Which benchmark.")] = Bench.ALL,
    customers: Annotated[int, typer.Option(min=1, help="The more, the longer.")] = 6000,
    conf: ConfFolder = BENCH_CONF,
    as_json: AsJson = False,
) -> None:
    """Measure on this machine and show each figure beside its baseline."""
    from bench import intake

    load(conf)
    figures = intake.run(conf, customers=customers, progress=say)
    if as_json:
        put(json.dumps(figures, ensure_ascii=False))
        return
    for name, figure in figures.items():
        put(f"{name:<40} {figure}")
