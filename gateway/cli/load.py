"""`ecif load`: a system's customers from files, before its line brings changes."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from gateway.cli.engines import Engine, backend
from gateway.cli.options import DEFAULT_CONF, NO, AsJson, CommandError, ConfFolder, load, put, say
from gateway.cli.progress import NowAndThen

if TYPE_CHECKING:
    from ecif.matching import Matching
    from ecif.model import Key
    from ecif.store.store import Store
    from gateway.config.schema import Conf
    from gateway.loading.batches import Batch, Options, Source
    from gateway.loading.run import Load
    from gateway.loading.tally import Aside, Tally

_EXAMPLE = "Example: ecif load core customers.rdw --json"
SAY_SECONDS = 10.0
"""How often a load tells how far it is where nobody watches a bar."""
AHEAD_BYTES = 4_000_000
"""From this size on the files are read in a process of their own, for the second core. It takes a second to
start."""
CACHE_MEBIBYTES = 384
"""Of SQLite's pages: the indexes on random keys should stay in memory."""
Records: TypeAlias = Literal["framed", "fixed", "rdw", "rdw-le", "bdw", "bdw-le", "gnucobol", "lines", "csv"]


def add_to(app: typer.Typer) -> None:
    app.command("load", epilog=_EXAMPLE)(first_load)


def first_load(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="A folder in conf/systems.")],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True, help="Its records."),
    ],
    engine: Annotated[
        Engine, typer.Option(help="What finds the pairs; duckdb and spark: Splink, all records at once.")
    ] = Engine.STREAM,
    records: Annotated[
        Records | None,
        typer.Option(help="How records follow one another; otherwise it is seen.", show_default=False),
    ] = None,
    type: Annotated[
        str, typer.Option("--type", metavar="T", help="What a CSV row is; otherwise the customer message.")
    ] = "",
    length: Annotated[int, typer.Option(min=0, help="Of fixed records, where it is not the layout's.")] = 0,
    as_of: Annotated[
        str, typer.Option(metavar="T", help="Sent time of records without one; otherwise the file's.")
    ] = "",
    aside: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Bad records: place and rule, JSON lines.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Records in one transaction.")] = 10_000,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """First load: take in files of a system's records, as if its line had brought them.

    FILE holds messages in the system's framing, fixed or RDW records of its layout, or CSV whose header
    names the layout's fields. Interrupt it as you like and run it again: what the journal has already is
    passed over. Bad records are set aside with place and rule; exit code 1 if there are any.
    """
    from gateway.loading.columns import UnknownColumns
    from gateway.loading.forms import UnknownForm

    tree = load(conf)
    if system not in tree.systems:
        raise CommandError(f"There is no system {system}: there are {', '.join(tree.systems)}.")
    kept = aside or tree.hub.run.directory / "aside" / f"load-{system}-{time.strftime('%Y%m%dT%H%M%S')}.jsonl"
    try:
        tally, bad = _run(tree, system, files, _options(type, records, length, as_of, batch), kept, engine)
    except UnknownForm as error:
        raise CommandError(f"{error}.") from None
    except UnknownColumns as error:
        raise CommandError(f"{error}.") from None
    report = tally.report(system, engine.value, len(files), bad)
    _tell(report, tally)
    if as_json:
        put(json.dumps(report, ensure_ascii=False))
    if not tally.good:
        raise typer.Exit(NO)


def _options(type: str, records: Records | None, length: int, as_of: str, batch: int) -> "Options":
    from gateway.loading.batches import Options
    from gateway.moments import BadMoment, microseconds_since

    try:
        moment = microseconds_since(as_of) if as_of else None
    except BadMoment as error:
        raise CommandError(f"--as-of {error}") from None
    return Options(type, records, length, moment, batch)


def _run(
    tree: "Conf", system: str, paths: Sequence[Path], options: "Options", kept: Path, engine: Engine
) -> "tuple[Tally, Aside]":
    from ecif.service import Service
    from ecif.store.store import open_store
    from gateway.bootstrap import load_dialects, load_matching, load_rules
    from gateway.clock import wall_clock
    from gateway.loading.ahead import Ahead
    from gateway.loading.batches import sources
    from gateway.loading.forms import Files
    from gateway.loading.in_bulk import told
    from gateway.loading.loader import Loader
    from gateway.loading.reading import customer_type
    from gateway.loading.run import Load
    from gateway.loading.tally import Aside
    from gateway.surroundings import prepare_database

    dialects = load_dialects(tree)
    dialect, declared = dialects[system], tree.systems[system]
    options = options._replace(type=options.type or customer_type(dialect))
    if options.type not in dialect.codec.types:
        known = ", ".join(dialect.codec.types)
        raise CommandError(f"{system} has no message type {options.type}: it has {known}.")
    found = sources(Files(declared.framing, dialect.codec, options.type), paths, options)
    prepare_database(tree)
    store = open_store(tree.hub.database.url, cache_mebibytes=CACHE_MEBIBYTES, reserve=tree.hub.run.numbers)
    try:
        with Aside(kept) as aside:
            matching = load_matching(tree, weighed=2 * options.batch)
            service = Service(store, dialects, load_rules(tree), matching)
            one = Load(Loader(service, wall_clock), aside)
            read = partial(_batches, tree, system, found, options)
            alike = None if engine is Engine.STREAM else _alike(tree, store, matching, read, engine)
            with read() as batches:
                if isinstance(batches, Ahead):
                    store.before_commits(batches.unpack)
                new = batches if alike is None else told(batches, alike)
                _loaded(one, new, sum(source.size for source in found))
            return one.tally, aside
    finally:
        store.close()


def _alike(
    tree: "Conf",
    store: "Store",
    matching: "Matching",
    read: "Callable[[], AbstractContextManager[Iterable[Batch]]]",
    engine: Engine,
) -> "Mapping[Key, tuple[Key, ...]]":
    """Who of the files and of the store is like whom."""
    from ecif.bulk.alike import alike
    from ecif.linkage.compiled import CompiledModel
    from gateway.loading.in_bulk import said_in_files, said_in_store

    declared, score = tree.match_model, tree.matching.score
    if declared is None or score is None:
        raise CommandError(f"--engine {engine} needs a match model: conf/matching.toml has no [score].")
    floor = declared.thresholds.review if score.review is None else score.review
    with backend(engine) as found:
        with read() as batches:
            said = said_in_files(batches, NowAndThen(lambda count: f"{count} records read", SAY_SECONDS))
        said |= said_in_store(store, matching)
        return alike(CompiledModel(declared), said, found, floor, say)


def _batches(
    tree: "Conf", system: str, found: "Sequence[Source]", options: "Options"
) -> "AbstractContextManager[Iterable[Batch]]":
    from gateway.loading.ahead import ahead
    from gateway.loading.batches import read_sources

    arguments = (tree.folder, system, found, options)
    if sum(source.size for source in found) >= AHEAD_BYTES:
        return ahead(read_sources, *arguments)
    return nullcontext(read_sources(*arguments))


def _loaded(one: "Load", batches: "Iterable[Batch]", size: int) -> None:
    from gateway.collector import in_batches

    try:
        with in_batches(), _progress(one.tally, size) as progress:
            one.run(batches, progress)
    except KeyboardInterrupt:
        say(f"{one.tally.records} records read. Run the same command again: it goes on where this one was.")
        raise


@contextmanager
def _progress(tally: "Tally", size: int) -> Iterator[Callable[[int], None]]:
    """A bar with the rate where somebody watches, else a line now and then; on standard error."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(tally, size)
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.fields[records]:>9,} records"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        task = bar.add_task("", total=max(size, 1), records=0, rate=0.0)

        def show(done: int) -> None:
            bar.update(task, completed=done, records=tally.records, rate=_rate(tally))

        yield show


def _lines(tally: "Tally", size: int) -> Callable[[int], None]:
    def line(done: int) -> str:
        share = done / size if size else 1.0
        return f"{tally.records} records, {share:.0%}, {_rate(tally):.0f} a second"

    return NowAndThen(line, SAY_SECONDS)


def _rate(tally: "Tally") -> float:
    return tally.records / tally.seconds if tally.seconds else 0.0


def _tell(report: dict[str, Any], tally: "Tally") -> None:
    say(
        f"{report['records']} records in {report['seconds']:.1f} s, {report['records_per_second']:.0f} a s: "
        f"{report['loaded']} loaded, {report['repeated']} there already, {report['stale']} overtaken, "
        f"{report['refused']} refused, {report['passed_over']} passed over; {report['reviews']} reviews."
    )
    for broken in tally.broken:
        say(f"The rest cannot be read: {broken}.")
    if report["aside"]:
        say(f"What is wrong with the refused ones stands in {report['aside']}.")
