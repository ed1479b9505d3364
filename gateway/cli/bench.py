"""`ecif bench`: the benchmarks of `bench/`, each with its baseline in the same run."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from gateway.cli.options import DEFAULT_CONF, AsJson, load, put, say

BENCH_CONF = Path("bench/conf")


class Bench(StrEnum):
    INTAKE = "intake"
    FORMATS = "formats"
    DELIVERY = "delivery"
    API = "api"
    MATCH = "match"
    ALL = "all"


class _Size(NamedTuple):
    customers: int
    records: int
    seeds: int
    parties: int
    database: str
    keep: Path | None
    beside_hub: bool


class _Kind(NamedTuple):
    conf: Path
    """The conf that it runs on, unless another one is named."""
    run: Callable[[Path, _Size], dict[str, Any]]
    show: Callable[[Mapping[str, Any]], None]


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif bench formats --json")(bench)


def bench(
    which: Annotated[Bench, typer.Argument(help="Which benchmark.")] = Bench.ALL,
    customers: Annotated[int, typer.Option(min=1, help="Of intake, delivery: more take longer.")] = 6000,
    parties: Annotated[int, typer.Option(min=1_000, help="Of api: customers in its database.")] = 20_000,
    database: Annotated[
        str, typer.Option(help="Of api: URL of an empty database; SQLite of its own by default.")
    ] = "",
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Of api: keeps its SQLite database for other runs.")
    ] = None,
    beside_hub: Annotated[
        bool, typer.Option("--beside-hub", help="Of api: the hub under load with and without reads instead.")
    ] = False,
    records: Annotated[int, typer.Option(min=500, help="Of match: its Chinese population.")] = 10_000,
    seeds: Annotated[int, typer.Option(min=1, help="Of match: how many such populations.")] = 2,
    conf: Annotated[
        Path | None, typer.Option("--conf", metavar="DIR", help="The conf folder; each has its own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure on this machine and show each figure beside its baseline."""
    size = _Size(customers, records, seeds, parties, database, keep, beside_hub)
    kinds = _KINDS if which is Bench.ALL else {which: _KINDS[which]}
    figures = {name.value: _measured(kind, conf or kind.conf, size) for name, kind in kinds.items()}
    if as_json:
        put(json.dumps(figures if which is Bench.ALL else figures[which.value], ensure_ascii=False))
        return
    for name, kind in kinds.items():
        kind.show(figures[name.value])


def _measured(kind: _Kind, conf: Path, size: _Size) -> dict[str, Any]:
    load(conf)
    return kind.run(conf, size)


def _intake(conf: Path, size: _Size) -> dict[str, Any]:
    from bench import intake

    return intake.run(conf, customers=size.customers, progress=say)


def _delivery(conf: Path, size: _Size) -> dict[str, Any]:
    from bench import delivery

    return delivery.run(conf, count=size.customers, progress=say)


def _formats(conf: Path, size: _Size) -> dict[str, Any]:
    from bench import formats

    return formats.run(conf, progress=say)


def _api(conf: Path, size: _Size) -> dict[str, Any]:
    from bench import api, beside

    if size.beside_hub:
        return {"beside_hub": beside.run(BENCH_CONF, url=size.database, progress=say)}
    return api.run(conf, parties=size.parties, url=size.database, keep=size.keep, progress=say)


def _show_api(figures: Mapping[str, Any]) -> None:
    from bench import api, beside

    put(beside.show(figures["beside_hub"]) if "beside_hub" in figures else api.show(figures))


def _match(conf: Path, size: _Size) -> dict[str, Any]:
    from bench import match

    return match.run(conf / "models", records=size.records, seeds=size.seeds, progress=say)


def _show_figures(figures: Mapping[str, Any]) -> None:
    for name, figure in figures.items():
        put(f"{name:<40} {figure}")


def _show_matches(figures: Mapping[str, Any]) -> None:
    from rich.console import Console

    from bench import match

    Console(width=None if Console().is_terminal else 140).print(match.table(figures))
    put("\n".join(["Aims not met:", *figures["missed"]]) if figures["missed"] else "All aims are met.")


def _show_contests(figures: Mapping[str, Any]) -> None:
    from rich.console import Console

    from bench import formats

    Console(width=None if Console().is_terminal else 140).print(formats.table(figures))
    put(f"memory of a parsed CU01 without accounts: {figures['memory_of_a_parsed_cu01_bytes']} bytes")
    put("\n".join(["Demands not met:", *figures["missed"]]) if figures["missed"] else "All demands are met.")


_KINDS: Mapping[Bench, _Kind] = {
    Bench.INTAKE: _Kind(BENCH_CONF, _intake, _show_figures),
    Bench.DELIVERY: _Kind(BENCH_CONF, _delivery, _show_figures),
    Bench.FORMATS: _Kind(DEFAULT_CONF, _formats, _show_contests),
    Bench.MATCH: _Kind(DEFAULT_CONF, _match, _show_matches),
    Bench.API: _Kind(DEFAULT_CONF, _api, _show_api),
}
