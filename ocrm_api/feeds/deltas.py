"""A day's delta: every party that changed between two midnights of Beijing, as it was at the day's end.

The same day always gives the same content, whenever it is asked for: a party that changed again since is put
together from its history. Rows come in the order of their numbers, a page at a time, so that a day of any
size fits in memory.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone

import msgspec

from ecif import history
from ecif.model import DOCUMENT_TYPES, SINGLE, Golden, Value
from ecif.store import following, privacy
from ecif.store.store import Store
from ocrm_api.feeds.schema import Delta
from ocrm_api.parties.reading import Reader, moment, shown

BEIJING = timezone(timedelta(hours=8))
"""Every system's dates are Beijing dates."""
PAGE = 200
COLUMNS = (
    "ecif_no", "state", "version", "changed_at", "merged_into", *SINGLE,
    *(f"document:{type}" for type in DOCUMENT_TYPES), "phone:mobile", "phone:home", "phone:work",
    "address:home", "address:mailing", "address:work", "address:registered", "members",
)  # fmt: skip
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def bounds(day: date) -> tuple[int, int]:
    """From midnight to midnight, microseconds."""
    start = datetime.combine(day, time(), BEIJING)
    return int(start.timestamp() * 1e6), int((start + timedelta(days=1)).timestamp() * 1e6)


def delta(store: Store, day: date, reader: Reader) -> Iterator[Delta]:
    start, end = bounds(day)
    after = ""
    while True:
        with store.reading() as connection:
            numbers = following.changed_between(connection, start, end, after=after, limit=PAGE)
            parties = following.parties(connection, numbers)
            heads = following.heads_of(connection, numbers)
            owners = following.parties(connection, set(heads.values()))
            hidden = privacy.restricted(connection, owners)
        for number in numbers:
            if heads[number] not in hidden and reader.scope.sees(owners[heads[number]].golden):
                reader.saw(number)
                yield _row(store, number, end, parties[number].version, reader)
        if len(numbers) < PAGE:
            return
        after = numbers[-1]


def _row(store: Store, number: str, end: int, version: int, reader: Reader) -> Delta:
    with store.reading() as connection:
        state = history.state_at(connection, number, end - 1)
    if state is None:
        return Delta(number, "gone", version, moment(end), "", {}, [])
    golden = state.golden
    kept = "merged" if state.merged_into else "current" if golden.values else "gone"
    return Delta(
        ecif_no=number,
        state=kept,
        version=state.version,
        changed_at=moment(state.stored_at),
        merged_into=state.merged_into,
        values=_values(golden, reader),
        members=[f"{system}:{customer_no}" for system, customer_no in golden.members],
    )


def _values(golden: Golden, reader: Reader) -> dict[str, str | list[str | None]]:
    return {name: shown(name, one.value, reader) for name, one in sorted(golden.values.items())}


# ---------------------------------------------------------------- as files


def jsonl(rows: Iterable[Delta]) -> Iterator[bytes]:
    for row in rows:
        yield msgspec.json.encode(row) + b"\n"


def csv_lines(rows: Iterable[Delta]) -> Iterator[bytes]:
    """UTF-8 with a header. Parts of a group are joined by |, members by a blank; a cell that a spreadsheet
    would take for a formula gets an apostrophe before it (OWASP, CSV injection)."""
    yield _line(COLUMNS)
    for row in rows:
        told = {
            "ecif_no": row.ecif_no, "state": row.state, "version": str(row.version),
            "changed_at": row.changed_at.isoformat(), "merged_into": row.merged_into,
            "members": " ".join(row.members),
            **{name: _cell(value) for name, value in row.values.items()},
        }  # fmt: skip
        yield _line([told.get(name, "") for name in COLUMNS])


def _cell(value: Value | list[str | None]) -> str:
    return value if isinstance(value, str) else "|".join(part or "" for part in value).rstrip("|")


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        [f"'{cell}" if cell.startswith(_DANGEROUS) else cell for cell in cells]
    )
    return text.getvalue().encode()
