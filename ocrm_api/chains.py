"""The migration chains of OCRM: its own tables, and the trail's.

The trail is a chain of its own because on SQLite it is a file of its own (`<database>-trail`): what staff
read is written there, and must neither wait for the hub's transactions nor hold them up. On other databases
it lies beside the hub's tables.
"""

from pathlib import Path

from ecif.store.chain import HUB, Chain
from ecif.store.engine import read_url
from ocrm_api import tables as own
from ocrm_api.access import tables as access  # noqa: F401 - declares its tables
from ocrm_api.trail import tables as trail

_HERE = Path(__file__).parent

OCRM = Chain("OCRM", own.metadata, ("0001",), _HERE / "migrations", "ocrm_version")
TRAIL = Chain("the audit trail", trail.metadata, ("0001",), _HERE / "trail/migrations", "trail_version")


def trail_url(url: str) -> str:
    """Where the trail of the database at `url` lies."""
    parsed = read_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return url
    return parsed.set(database=f"{parsed.database}-trail").render_as_string(hide_password=False)


def placed(url: str) -> tuple[tuple[Chain, str], ...]:
    """Every chain of the program, with the database it belongs into."""
    return (HUB, url), (OCRM, url), (TRAIL, trail_url(url))
