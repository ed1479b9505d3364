"""A chain of migrations: one set of tables that is made and upgraded as a whole, with a version of its own.

The hub's tables are one chain; other parts of the program keep their own tables in chains of their own, so
that `ecif` need not know them. All go through `ecif.store.migrate`.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData

from ecif.store.schema import REVISIONS, metadata


@dataclass(frozen=True, slots=True)
class Chain:
    owner: str
    """Whose tables, for texts."""
    metadata: MetaData
    revisions: tuple[str, ...]
    """All of them, oldest first."""
    versions: Path
    """The folder of the revisions' files."""
    version_table: str

    @property
    def newest(self) -> str:
        return self.revisions[-1]


HUB = Chain("the hub", metadata, REVISIONS, Path(__file__).parent / "migrations/versions", "alembic_version")
