"""A trail on each database, with some entries in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrm_api.chains import TRAIL, trail_url
from ocrm_api.database import Database
from ocrm_api.trail.entry import Entry
from ocrm_api.trail.trail import Trail
from tests.databases import SHARED, fresh

ONE, OTHER = "100000000001", "100000000002"


@pytest.fixture(params=SHARED)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh(request.param, tmp_path)


@pytest.fixture
def trail(url: str, tmp_path: Path) -> Iterator[Trail]:
    made = open_trail(url, tmp_path)
    yield made
    made.close()


def open_trail(url: str, folder: Path) -> Trail:
    return Trail(Database(trail_url(url), TRAIL), folder / "anchors.jsonl")


def seen(actor: str, *ecif_nos: str, **values: object) -> Entry:
    entry = Entry("parties.read", actor, "token", **values)  # type: ignore[arg-type]
    entry.parties.update(dict.fromkeys(ecif_nos))
    return entry
