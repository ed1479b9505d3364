"""`python -m bench.load [RECORDS]`: records a second of `ecif load` on SQLite, and what bounds it.

A file of core's CU01 records with RDW is written, one customer number each: names, birth dates and phones as
`bench.chinese` draws them, so that names are shared as they are in a bank. Every fifth is a customer who was
there before under another number, anywhere before, so that the load has somebody to find; a third of those
say no document. Then, each in a process of its own:

    load        `ecif load core FILE`, durable, into an empty database
    again       the same command once more: everything is there already

and three baselines in the same run, on the same disk:

- `reading`: the same records through the dialect, and thrown away;
- `one_at_a_time`: the first of them through the same service, a transaction each;
- `bare_rows`: the rows that the load wrote, copied by SQLite itself, as many records a transaction, with no
  thinking in between: the ceiling.

Processor time stands beside the clock: on a shared machine it is the steadier one. Memory is that of all the
load's processes together, at its largest.
"""

import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from adapters.dialect import SystemDialect
from bench.chinese import person
from bench.intake import DURABLE
from bench.missed import NotMeasured
from bench.population import core
from ecif.service import Service
from ecif.store.migrate import upgrade
from ecif.store.store import open_store
from formats.codec import Codec
from gateway.bootstrap import load_dialects, load_matching, load_rules
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.loading.batches import BATCH_RECORDS
from gateway.loading.forms import Files, Shape
from gateway.loading.reading import Loadable, RecordReader

AGAIN = 5
"""Every so many records one is of a customer who was there before."""
UNDOCUMENTED = 3
"""And every so many of those one comes without a document."""
SINGLE_RECORDS = 500
SAMPLE_SECONDS = 0.2

Report = dict[str, Any]


def run(conf: Path, *, records: int = 20_000) -> Report:
    tree = read_conf(conf, {})
    dialects = load_dialects(tree)
    with tempfile.TemporaryDirectory(prefix="ecif-bench-") as name:
        folder = Path(name)
        path = folder / "core.rdw"
        write(path, dialects["core"].codec, records)
        loaded = in_a_process(folder, conf, path)
        again = in_a_process(folder, conf, path)
        if (loaded["loaded"], again["repeated"]) != (records, records):
            raise NotMeasured(f"not all records were loaded: {loaded}")
        baselines = {
            "reading": reading(tree, dialects["core"], path),
            "one_at_a_time": one_at_a_time(tree, dialects, folder, path),
            "bare_rows": bare_rows(folder, records),
        }
        size = (folder / "ecif.db").stat().st_size
        found = judged(parties(folder))
    return report(loaded, again, baselines, size) | found


def parties(folder: Path) -> list[tuple[int, str]]:
    """Number of each record, and the party that it belongs to."""
    with contextlib.closing(sqlite3.connect(folder / "ecif.db")) as database:
        return [
            (int(number), head)
            for number, head in database.execute("SELECT customer_no, head FROM source_record")
        ]


def judged(found: Sequence[tuple[int, str]]) -> dict[str, float]:
    """Pairs of records in one party against pairs of one customer."""
    linked = _pairs(Counter(head for _, head in found))
    true = _pairs(Counter(whose(number) for number, _ in found))
    right = _pairs(Counter((whose(number), head) for number, head in found))
    return {
        "precision": round(right / linked, 6) if linked else 1.0,
        "recall": round(right / true, 6) if true else 1.0,
    }


def _pairs(sizes: Mapping[Any, int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def report(loaded: Report, again: Report, baselines: dict[str, float], size: int) -> Report:
    rate = loaded["records_per_second"]
    return {
        "records": loaded["records"],
        "seconds": loaded["seconds"],
        "records_per_second": rate,
        "first_tenth_per_second": loaded["first_tenth_per_second"],
        "last_tenth_per_second": loaded["last_tenth_per_second"],
        "first_100000_per_second": loaded["first_100000_per_second"],
        "last_100000_per_second": loaded["last_100000_per_second"],
        "processor_ms_a_record": round(loaded["processor_seconds"] / loaded["records"] * 1000, 3),
        "peak_megabytes": loaded["peak_megabytes"],
        "database_bytes_a_record": round(size / loaded["records"]),
        "again_per_second": again["records_per_second"],
        **{f"{name}_per_second": round(one, 1) for name, one in baselines.items()},
        **{f"ratio_to_{name}": round(rate / one, 3) for name, one in baselines.items()},
    }


# ---------------------------------------------------------------- the file


def whose(number: int) -> int:
    """Which customer record `number` is of: mostly a new one, else one from anywhere before."""
    new = number - number // AGAIN
    return Random(number).randrange(new) if number and number % AGAIN == 0 else new


def bodies(codec: Codec, count: int) -> Iterator[bytes]:
    for number in range(count):
        who = whose(number)
        one = person(who, Random(who))
        fields = core(0, 1) | {
            "CUST-NO": f"{number:012d}", "MSG-ID": f"L{number:015d}",
            "CUST-NAME": _in_cp935(one.name), "CUST-ID-NO": one.number, "CUST-SEX": one.gender,
            "CUST-BIRTH-OR-FOUNDED": f"{one.born:%Y%m%d}", "CUST-MOBILE": one.mobile,
            "CUST-ADDRESS": _in_cp935(one.address),
        }  # fmt: skip
        if number % (AGAIN * UNDOCUMENTED) == 0:
            fields |= {"CUST-ID-TYPE": "", "CUST-ID-NO": "", "CUST-ID-EXPIRY": ""}
        yield codec.build("CU01", fields)


def _in_cp935(text: str) -> str:
    """As core has lost rare characters."""
    return text.encode("gb2312", "replace").decode("gb2312").replace("?", "〓")


def write(path: Path, codec: Codec, count: int) -> None:
    with path.open("wb") as file:
        for body in bodies(codec, count):
            file.write((len(body) + 4).to_bytes(2, "big") + b"\0\0" + body)


# ---------------------------------------------------------------- the load


def in_a_process(folder: Path, conf: Path, path: Path) -> Report:
    """What `ecif load` reports, with its processor seconds and its largest memory."""
    command = [sys.executable, "-m", "gateway.cli.main", "load", "core", str(path), "--json"]
    path_of_code = os.pathsep.join([str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {
        **os.environ, "ECIF_DATABASE_URL": f"sqlite:///{folder}/ecif.db", "PYTHONPATH": path_of_code,
    }  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [*command, "--conf", str(conf.resolve())]
    with subprocess.Popen(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE) as running:
        peak = _watched(running)
        assert running.stdout is not None
        said = running.stdout.read()
    if running.returncode:
        raise NotMeasured(f"ecif load ended with {running.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told: Report = json.loads(said)
    return told | {"processor_seconds": used, "peak_megabytes": peak}


def _watched(running: subprocess.Popen[bytes]) -> int:
    """The most megabytes that it and its children held together."""
    peak = 0
    while True:
        peak = max(peak, _resident(running.pid))
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(SAMPLE_SECONDS)
            return peak // 1024


def _resident(process: int) -> int:
    """Kilobytes, of a process and all below it."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return own + sum(_resident(int(child)) for child in children)


# ---------------------------------------------------------------- baselines


def _commands(tree: Conf, dialect: SystemDialect, path: Path) -> Iterator[Loadable]:
    files = Files(tree.systems["core"].framing, dialect.codec, "CU01")
    reader = RecordReader(tree.systems["core"], dialect, 0)
    with path.open("rb") as stream:
        for piece in files.pieces(stream, Shape("rdw")):
            command = reader.read(piece, time.time_ns() // 1000)
            if command is not None:
                yield command


def reading(tree: Conf, dialect: SystemDialect, path: Path) -> float:
    started = time.perf_counter()
    count = sum(1 for _ in _commands(tree, dialect, path))
    return count / (time.perf_counter() - started)


def one_at_a_time(tree: Conf, dialects: dict[str, SystemDialect], folder: Path, path: Path) -> float:
    url = f"sqlite:///{folder}/single.db"
    upgrade(url)
    commands = _commands(tree, dialects["core"], path)
    with contextlib.closing(open_store(url)) as store:
        service = Service(store, dialects, load_rules(tree), load_matching(tree))
        started = time.perf_counter()
        count = 0
        for count, command in enumerate(commands, 1):
            service.take_new([command], time.time_ns() // 1000)
            if count == SINGLE_RECORDS:
                break
        return count / (time.perf_counter() - started)


def bare_rows(folder: Path, records: int) -> float:
    """Records a second when only their rows and indexes are written, durably."""
    batches = max(1, records // BATCH_RECORDS)
    with contextlib.closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as target:
        target.executescript(DURABLE)
        target.execute("ATTACH ? AS source", (str(folder / "ecif.db"),))
        declared = "SELECT name, sql FROM source.sqlite_master WHERE type = ? AND sql IS NOT NULL"
        places, ends = {}, {}
        for name, sql in target.execute(declared, ("table",)).fetchall():
            target.execute(sql)
            places[name] = f'source."{name}"'
            if "WITHOUT ROWID" in sql:  # match keys: as they came, customer after customer
                target.execute(
                    f'CREATE TEMP TABLE "_{name}" AS SELECT * FROM {places[name]} ORDER BY ecif_no'
                )
                places[name] = f'temp."_{name}"'
            ends[name] = target.execute(f"SELECT coalesce(max(rowid), 0) FROM {places[name]}").fetchone()[0]
        for _, sql in target.execute(declared, ("index",)).fetchall():
            target.execute(sql)
        started = time.perf_counter()
        for turn in range(batches):
            target.execute("BEGIN IMMEDIATE")
            for name, end in ends.items():
                share = (end * turn // batches, end * (turn + 1) // batches)
                rows = f"SELECT * FROM {places[name]} WHERE rowid > ? AND rowid <= ?"
                target.execute(f'INSERT INTO main."{name}" {rows}', share)
            target.execute("COMMIT")
        return records / (time.perf_counter() - started)


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    result = run(Path(__file__).resolve().parents[1] / "conf", records=records)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
