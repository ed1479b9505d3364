"""`ecif bench`: the benchmarks of `bench/`, each with its baseline in the same run."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, ConfFolder

BENCH_CONF = Path("bench/conf")


class Bench(StrEnum):
    INTAKE = "intake"
    ALL = "all"


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif bench intake --json")(bench)


def bench(
    which: Annotated[Bench, typer.Argument(help="Which benchmark.")] = Bench.ALL,
    conf: ConfFolder = BENCH_CONF,
    as_json: AsJson = False,
) -> None:
    """Measure on this machine and print each figure beside its baseline."""
    from bench.intake import run

    raise typer.Exit(run(conf, as_json=as_json))
