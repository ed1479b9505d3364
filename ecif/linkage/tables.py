"""CSV in, CSV out: the records of a match run and what came of them. UTF-8, header first."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import FILE


class TableError(Exception):
    """A file cannot be read as records of this model; the text says where and why, without a value."""


def read_records(model: CompiledModel, paths: Sequence[Path]) -> tuple[list[str], list[Values]]:
    """Ids and normalised values, in the order of the files. Raises TableError."""
    ids: list[str] = []
    records: list[Values] = []
    seen: set[str] = set()
    for path in paths:
        for line, row in _rows(path, model.columns):
            number = row[model.declared.id].strip()
            if not number or number in seen:
                raise TableError(f"{path}:{line}: record id {'is missing' if not number else 'stands twice'}")
            seen.add(number)
            ids.append(number)
            records.append(model.values(row))
    return ids, records


def _rows(path: Path, columns: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True, restval="")
            missing = sorted(columns - set(reader.fieldnames or ()))
            if missing:
                raise TableError(f"{path}:1: no column {', '.join(missing)}")
            for row in reader:
                row[FILE] = path.name
                if None in row:
                    raise TableError(f"{path}:{reader.line_num}: more fields than the header has")
                yield reader.line_num, row
    except OSError as error:
        raise TableError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TableError(f"{path}: not UTF-8") from None
    except csv.Error as error:
        raise TableError(f"{path}: {error}") from None


def write_links(path: Path, ids: Sequence[str], parties: Iterable[Sequence[int]]) -> None:
    """One row a record in the order of the input; the party is the smallest record id in it."""
    party = {member: min(ids[one] for one in members) for members in parties for member in members}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record_id", "party"))
        writer.writerows((number, party[at]) for at, number in enumerate(ids))


def write_reviews(path: Path, ids: Sequence[str], reviews: Iterable[tuple[int, int, float]]) -> int:
    """Gives how many."""
    rows = sorted((*sorted((ids[a], ids[b])), f"{score:.3f}") for a, b, score in reviews)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id1", "id2", "score"))
        writer.writerows(rows)
    return len(rows)
