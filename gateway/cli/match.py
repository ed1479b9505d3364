"""`ecif match`: which records are the same, by a declared match model; its weights; why, why not."""

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gateway.cli.engines import Engine, backend
from gateway.cli.options import AsJson, CommandError, put, say

if TYPE_CHECKING:
    from ecif.linkage.comparing import Values
    from ecif.linkage.compiled import CompiledModel
    from ecif.linkage.declaration import MatchModel
    from ecif.linkage.engine import Engine as Resolved
    from ecif.linkage.explanation import Explanation

ModelFile: TypeAlias = Annotated[Path, typer.Option("--model", metavar="M.toml", help="The match model.")]
RecordFiles: TypeAlias = Annotated[
    list[Path], typer.Option("--records", metavar="A.csv", help="UTF-8 CSV with a header; may stand again.")
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="Which records are the same customer, by a match model.", no_args_is_help=True)
    run_example = "Example: ecif match run --model conf/models/febrl.toml --records a.csv --out links.csv"
    group.command("run", epilog=run_example)(run)
    train_example = "Example: ecif match train --model m.toml --records a.csv --out trained.toml"
    group.command("train", epilog=train_example)(train)
    explain_example = "Example: ecif match explain --model trained.toml --records a.csv rec-1-org rec-1-dup-0"
    group.command("explain", epilog=explain_example)(explain)
    app.add_typer(group, name="match")


def run(
    model: ModelFile,
    records: RecordFiles,
    out: Annotated[Path, typer.Option(metavar="links.csv", help="record_id,party for every record.")],
    reviews: Annotated[Path | None, typer.Option(help="Open questions: id1,id2,score.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="What finds the pairs; duckdb and spark: Splink.")
    ] = Engine.STREAM,
    shuffle: Annotated[int | None, typer.Option(metavar="SEED", help="Arrival in random order.")] = None,
    as_json: AsJson = False,
) -> None:
    """Resolve records into parties. A model without weights is trained on these records first."""
    from ecif.linkage.tables import write_links, write_reviews

    started = time.perf_counter()
    ready, ids, values = _prepare(model, records)
    order = list(range(len(ids)))
    if shuffle is not None:
        random.Random(shuffle).shuffle(order)
    found = _resolved(engine, ready, [values[at] for at in order])
    arrived = [ids[at] for at in order]
    parties = [[order[at] for at in party] for party in found.parties()]
    write_links(out, ids, parties)
    open_questions = list(found.reviews())
    if reviews is not None:
        write_reviews(reviews, arrived, open_questions)
    seconds = time.perf_counter() - started
    report = {
        "records": len(ids),
        "parties": len(parties),
        "links": len(ids) - len(parties),
        "reviews": len(open_questions),
        "seconds": round(seconds, 3),
        "records_per_second": round(len(ids) / seconds, 1),
    }
    put(json.dumps(report) if as_json else "  ".join(f"{value} {name}" for name, value in report.items()))


def train(
    model: ModelFile,
    records: RecordFiles,
    out: Annotated[Path, typer.Option(metavar="M2.toml", help="The model with its weights.")],
    seed: Annotated[int, typer.Option(help="Of the random pairs.")] = 1,
) -> None:
    """Estimate the weights of a model from records that nobody has labelled."""
    from ecif.linkage.compiled import CompiledModel
    from ecif.linkage.trained_file import with_weights

    declared = _model(model)
    _, values = _read(CompiledModel(declared), records)
    out.write_text(with_weights(model, _train(declared, values, seed)), "utf-8")
    say(f"Weights are in {out}.")


def explain(
    model: ModelFile,
    records: RecordFiles,
    id1: Annotated[str, typer.Argument(metavar="ID1")],
    id2: Annotated[str, typer.Argument(metavar="ID2")],
    as_json: AsJson = False,
) -> None:
    """Why two records are, or are not, the same: level and weight of every comparison."""
    from ecif.linkage.explanation import explanation

    ready, ids, values = _prepare(model, records)
    unknown = [one for one in (id1, id2) if one not in ids]
    if unknown:
        raise CommandError(f"no record with this id: {', '.join(unknown)}")
    told = explanation(ready, values[ids.index(id1)], values[ids.index(id2)])
    if as_json:
        put(json.dumps(told.as_json(), ensure_ascii=False))
        return
    _show(told)


def _show(told: "Explanation") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{told.verdict}: {told.score:.1f} (log2 odds)")
    table.add_column("comparison")
    table.add_column("level")
    table.add_column("weight", justify="right")
    for label, level, weight in told.comparisons:
        table.add_row(label, level, f"{weight:+.1f}")
    for rule in told.rules:
        table.add_row(rule, "", "")
    keys = ", ".join(told.shared_keys) or "none: they are never compared"
    table.caption = f"shared blocking keys: {keys}"
    Console().print(table)


# ---------------------------------------------------------------- what the three have in common


def _model(path: Path) -> "MatchModel":
    from ecif.linkage.declaration import ModelError, read_model

    try:
        return read_model(path)
    except ModelError as error:
        raise CommandError(str(error)) from None


def _read(model: "CompiledModel", paths: Sequence[Path]) -> "tuple[list[str], list[Values]]":
    from ecif.linkage.tables import TableError, read_records

    try:
        return read_records(model, paths)
    except TableError as error:
        raise CommandError(str(error)) from None


def _train(declared: "MatchModel", values: "Sequence[Values]", seed: int) -> "MatchModel":
    from ecif.linkage.training import TooFew, train

    try:
        return train(declared, values, seed=seed, progress=lambda text: say(f"training: {text}"))
    except TooFew as error:
        raise CommandError(str(error)) from None


def _prepare(model: Path, records: Sequence[Path]) -> "tuple[CompiledModel, list[str], list[Values]]":
    """The model with weights and frequencies, the records' ids and values."""
    from ecif.linkage.compiled import CompiledModel

    declared = _model(model)
    ids, values = _read(CompiledModel(declared), records)
    if not declared.trained and values:
        say("The model has no weights: they are estimated from these records. `ecif match train` keeps them.")
        declared = _train(declared, values, 1)
    ready = CompiledModel(declared)
    ready.learn(values)
    return ready, ids, values


def _resolved(engine: Engine, model: "CompiledModel", values: "Sequence[Values]") -> "Resolved":
    if engine is Engine.STREAM:
        from ecif.linkage.running import run as stream

        return stream(model, values, lambda count: say(f"{count} of {len(values)} records"))
    from ecif.bulk.splink_engine import run as resolve

    with backend(engine) as found:
        return resolve(model, values, found, say)
