"""A copy of the embedded database while the hub works on it, and what must be done after putting one back.

SQLite copies all pages inside one read transaction (sqlite.org/backup.html): what is committed meanwhile is
in the write-ahead log and not in the copy. Page by page it would begin anew with every commit of the hub. The
copy is checked before anybody relies on it. Other databases have tools of their own.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ecif.store.engine import read_url
from ecif.store.errors import SchemaMissing, StoreFailed
from ocrm_api.chains import index_url, placed


class NotEmbedded(Exception):
    """The database is not SQLite: the text says with what it is copied."""


def back_up(url: str, folder: Path) -> list[Path]:
    """Copies every file of the database into `folder`, under their names.

    What the search index holds can be made from the rest, and is left out. Raises StoreError, OSError and
    NotEmbedded.
    """
    made = []
    for source in _files(url):
        target = folder / source.name
        if target.exists():
            raise FileExistsError(f"{target} is there already: name an empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        _copy(source, target)
        made.append(target)
    return made


def _files(url: str) -> list[Path]:
    if read_url(url).get_backend_name() != "sqlite":
        raise NotEmbedded("only the embedded SQLite is copied here: use pg_dump, pg_basebackup or RMAN")
    places = dict.fromkeys(place for _, place in placed(url) if place != index_url(url))
    files = [Path(str(read_url(place).database)) for place in places]
    if not files[0].exists():
        raise SchemaMissing(f"there is no database {files[0]}")
    return [file for file in files if file.exists()]


def _copy(source: Path, target: Path) -> None:
    draft = target.with_name(target.name + ".part")
    draft.unlink(missing_ok=True)
    reading = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(reading, uri=True)) as live, closing(sqlite3.connect(draft)) as copy:
            live.backup(copy)
            found = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise StoreFailed(f"{source.name} could not be copied: {error.sqlite_errorname}") from error
    if found != ("ok",):
        raise StoreFailed(f"the copy of {source.name} is damaged, and so may be the database")
    draft.rename(target)


def forget_index(url: str) -> bool:
    """The search index may know of changes that a restored database does not: it is made anew."""
    if index_url(url) == url:
        return False
    file = Path(str(read_url(index_url(url)).database))
    there = file.exists()
    for part in ("", "-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    return there
