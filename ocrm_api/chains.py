"""The migration chains of OCRM: its own tables, the trail's, and the search index's.

The trail is a chain of its own because on SQLite it is a file of its own (`<database>-trail`): what staff
read is written there, and must neither wait for the hub's transactions nor hold them up. So is the index
(`<database>-index`). On other databases both lie beside the hub's tables.
"""

from pathlib import Path

from ecif.store.chain import HUB, Chain
from ecif.store.engine import read_url
from ocrm_api import tables as own
from ocrm_api.access import tables as access  # noqa: F401 - declares its tables
from ocrm_api.idempotency import tables as idempotency  # noqa: F401 - likewise
from ocrm_api.search import tables as index
from ocrm_api.trail import tables as trail

_HERE = Path(__file__).parent

OCRM = Chain("OCRM", own.metadata, ("0001", "0002"), _HERE / "migrations", "ocrm_version")
TRAIL = Chain("the audit trail", trail.metadata, ("0001",), _HERE / "trail/migrations", "trail_version")
INDEX = Chain(
    "the search index", index.metadata, ("0001", "0002"), _HERE / "search/migrations", "index_version"
)


def trail_url(url: str) -> str:
    """Where the trail of the database at `url` lies."""
    return _beside(url, "-trail")


def index_url(url: str) -> str:
    """Where the search index of the database at `url` lies."""
    return _beside(url, "-index")


def _beside(url: str, suffix: str) -> str:
    parsed = read_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return url
    return parsed.set(database=f"{parsed.database}{suffix}").render_as_string(hide_password=False)


def placed(url: str) -> tuple[tuple[Chain, str], ...]:
    """Every chain of the program, with the database it belongs into."""
    return (HUB, url), (OCRM, url), (TRAIL, trail_url(url)), (INDEX, index_url(url))
