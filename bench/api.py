"""`ecif bench api`: how fast staff and programs get an answer, beside what the parts under it can do alone.

    api        the real process (`ecif api`) on the database with so many customers, `bench/customers.py`
    load       a process of its own: plain sockets, connections kept, one request open each

- reads by number, exact searches, searches by name, reading and initials, one after the other on a quiet
  line: what one member of staff waits for (p50, p99);
- reads by number on many lines at once: reads a second, and the processor time of one read, which is what
  counts where other processes share the machine.

Baselines in the same run: `bare_select`, the row of a party by its key through the database's own driver; and
`bare_uvicorn`, an application of three lines that answers as many bytes. Every figure of the API includes the
token, the rights, the masking and the entry in the audit trail, which is committed before the answer leaves.
"""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import customers
from bench.asking import Ask, Report, many_lines, one_line, quantiles
from bench.missed import NotMeasured
from ecif.store import following
from ecif.store.migrate import upgrade
from ecif.store.store import open_store
from gateway.peers.ports import free_ports
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import StaffConf
from ocrm_api.chains import OCRM, placed
from ocrm_api.database import Database
from ocrm_api.search.follower import Follower
from ocrm_api.search.opening import open_index

LINES = 32
"""So many that both cores work while the trail's commits wait for the disk; with sixteen they did not."""
START_SECONDS = 60.0


def run(
    conf: Path, *, parties: int = 20_000, url: str = "", keep: Path | None = None, workers: int = 2,
    progress: Callable[[str], None] = lambda text: None,
) -> Report:  # fmt: skip
    """`url`: a database that is there, empty or of an earlier run; else SQLite in `keep`, likewise, or in a
    folder of its own."""
    with tempfile.TemporaryDirectory(prefix="ecif-bench-api-") as name:
        folder = Path(name)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
        place = url or f"sqlite:///{(keep or folder).absolute()}/bank.db"
        report: Report = {
            "parties": parties, "database": place.partition(":")[0], "cores": os.cpu_count(),
            "workers": workers,
        }  # fmt: skip
        report |= prepared(place, parties, progress)
        token = token_of(place)
        progress("bare select, bare uvicorn")
        report["bare_select_us"] = bare_select(place, parties)
        report["bare_uvicorn"] = bare_uvicorn(LINES)
        with served(conf, folder, place, workers) as (port, pid):
            progress("one after the other")
            report["answers_ms"] = {
                name: quantiles(one_line(port, token, ask, count))
                for name, (ask, count) in questions(parties).items()
            }
            progress("many at once")
            report["reads"] = many_lines(port, pid, token, questions(parties)["read by number"][0], LINES)
    return report


def prepared(url: str, parties: int, progress: Callable[[str], None]) -> Report:
    """Customers and index, with the processor time that they took; those of an earlier run stay."""
    for chain, place in placed(url):
        upgrade(place, chain)
    begun = time.process_time()
    there = _there(url, parties)
    if not there:
        progress(f"{parties:,} customers")
        customers.build(url, parties, _every(parties // 10, progress))
    built = time.process_time()
    progress("their index")
    with closing(open_store(url)) as store, closing(open_index(url)) as index:
        follower = Follower(store, index)
        while follower.step():
            pass
    indexed = time.process_time()
    if there:
        return {}
    return {
        "fill_us_per_party": round((built - begun) / parties * 1e6),
        "index_us_per_party": round((indexed - built) / parties * 1e6),
    }


def _there(url: str, parties: int) -> bool:
    """Whether just so many are in it."""
    with closing(open_store(url)) as store, store.reading() as connection:
        last, more = customers.ecif_no(parties - 1), customers.ecif_no(parties)
        found = following.heads_of(connection, [last, more, customers.ecif_no(0)])
    if customers.ecif_no(0) in found and (last not in found or more in found):
        raise NotMeasured(f"the database holds another number of customers than {parties:,}")
    return last in found


def _every(step: int, progress: Callable[[str], None]) -> Callable[[int], None]:
    def tell(count: int) -> None:
        if count % step < customers.PORTION:
            progress(f"{count:,}")

    return tell


def questions(parties: int) -> Mapping[str, tuple[Ask, int]]:
    """What is asked, and how often."""
    drawn = random.Random(1)

    def of(path: str, word: Callable[[int], str]) -> Ask:
        return lambda _: path + quote(word(drawn.randrange(parties)))

    def initials(n: int) -> str:
        from ecif.searching import name_keys

        return next(key[2:] for key in name_keys(customers.name(n)) if key.startswith("i:"))

    def spelt(n: int) -> str:
        from ecif.searching import name_keys

        return next(key[2:] for key in name_keys(customers.name(n)) if key.startswith("p:"))

    search = "/api/v1/parties?"
    return {
        "read by number": (of("/api/v1/parties/", customers.ecif_no), 2_000),
        "search by number": (of(f"{search}ecif_no=", customers.ecif_no), 500),
        "search by customer number": (of(f"{search}system=core&customer_no=", customers.customer_no), 500),
        "search by document": (of(f"{search}document=", customers.document_no), 500),
        "search by phone": (of(f"{search}phone=", customers.mobile), 500),
        "search by account": (of(f"{search}account=", customers.account), 500),
        "search by name": (of(f"{search}name=", customers.name), 500),
        "search by its beginning": (of(f"{search}name=", lambda n: customers.name(n)[:2]), 500),
        "search by reading": (of(f"{search}pinyin=", spelt), 500),
        "search by initials": (of(f"{search}pinyin=", initials), 500),
        "search within a branch": (
            of(f"{search}branch=0007&name=", lambda n: customers.name(n)[:1]), 200,
        ),
    }  # fmt: skip


# ---------------------------------------------------------------- the API


@contextmanager
def served(conf: Path, folder: Path, url: str, workers: int) -> Iterator[tuple[int, int]]:
    """(port, process) of the real API, alone."""
    (port,) = free_ports(1)
    own = _conf(conf, folder, url, port, workers)
    process = subprocess.Popen([sys.executable, "-m", "gateway.cli.main", "api", "--conf", str(own)])
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _conf(conf: Path, folder: Path, url: str, port: int, workers: int) -> Path:
    import shutil

    import tomlkit

    own = folder / "conf"
    shutil.copytree(conf, own)
    hub = tomlkit.parse((own / "hub.toml").read_text("utf-8"))
    hub["database"]["url"] = url
    limits = {"requests_per_second": 1_000_000}
    hub["http"] = {"address": f"127.0.0.1:{port}", "workers": workers, "limits": limits}
    hub["run"] = {"directory": str(folder)}
    (own / "hub.toml").write_text(tomlkit.dumps(hub), "utf-8")
    return own


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise NotMeasured("the API does not start")


def token_of(url: str) -> str:
    with closing(Database(url, OCRM)) as database:
        accounts = Accounts(database, StaffConf())
        if not accounts.knows("bench"):
            accounts.add("bench", "admin")
        return accounts.issue_token("bench", days=1)


# ---------------------------------------------------------------- baselines


def bare_select(url: str, parties: int, count: int = 5_000) -> float:
    """Microseconds of processor time: one row by its key, no transaction, the driver alone."""
    with closing(open_store(url)) as store, store.reading() as connection:
        drawn = random.Random(2)
        mark = "?" if url.startswith("sqlite") else "%s"
        text = f"SELECT ecif_no, version, head, detail FROM party WHERE ecif_no = {mark}"
        begun = time.process_time()
        for _ in range(count):
            bound = (customers.ecif_no(drawn.randrange(parties)),)
            connection.exec_driver_sql(text, bound).first()
        return round((time.process_time() - begun) / count * 1e6, 1)


_BARE = """
import sys, uvicorn
BODY = b"x" * 1500
HEADERS = [(b"content-length", b"1500"), (b"content-type", b"application/json")]
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
port, quiet = int(sys.argv[1]), {"log_config": None, "access_log": False}
uvicorn.run(app, host="127.0.0.1", port=port, http="h11", lifespan="off", **quiet)
"""


def bare_uvicorn(lines: int) -> Report:
    """The same server and protocol, an application of three lines."""
    (port,) = free_ports(1)
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(port)])
    try:
        _wait(port, process)
        measured = many_lines(port, process.pid, "none", lambda _: "/", lines)
        return {name: measured[name] for name in ("reads_per_second", "cpu_us_per_read")}
    finally:
        process.terminate()
        process.wait(20)


def show(figures: Mapping[str, Any]) -> str:
    lines = [f"{figures['parties']:,} customers in {figures['database']}", ""]
    lines += [f"{'':<28}{'p50 ms':>9}{'p99 ms':>9}"]
    lines += [f"{name:<28}{one['p50']:>9}{one['p99']:>9}" for name, one in figures["answers_ms"].items()]
    reads, bare = figures["reads"], figures["bare_uvicorn"]
    lines += [
        "",
        f"reads by number, {reads['lines']} lines: {reads['reads_per_second']:,} a second, "
        f"{reads['cpu_us_per_read']} us of processor time each",
        f"bare uvicorn: {bare['reads_per_second']:,} a second, {bare['cpu_us_per_read']} us each; "
        f"bare select: {figures['bare_select_us']} us",
    ]
    return "\n".join(lines)


def main() -> None:
    print(json.dumps(run(Path("conf"), parties=int(sys.argv[1]), progress=print), indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
