"""The trail keeps what was done, finds it again, and says when somebody altered or deleted any of it."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from ecif.store.errors import StoreError
from ocrm_api.chains import TRAIL, trail_url
from ocrm_api.database import Database
from ocrm_api.trail.entry import Entry
from ocrm_api.trail.trail import Trail
from tests.ocrm_api.trail.conftest import ONE, OTHER, open_trail, seen


def change(url: str, *statements: str) -> None:
    database = Database(trail_url(url), TRAIL)
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def test_found_by_who_what_when_and_party(trail: Trail) -> None:
    entries = [seen("li", ONE, at=10), seen("wang", ONE, OTHER, at=20), seen("li", at=30, reason="钱")]
    trail.record(*entries).result()
    assert [row["at"] for row in trail.search()] == [30, 20, 10]
    assert [row["at"] for row in trail.search(actor="li")] == [30, 10]
    assert [row["at"] for row in trail.search(ecif_no=ONE)] == [20, 10]
    assert [row["at"] for row in trail.search(ecif_no=OTHER)] == [20]
    assert [row["at"] for row in trail.search(since=10, until=20)] == [10]
    assert trail.search(action="trail.read") == []
    newest = trail.search(limit=1)[0]
    assert newest["reason"] == "钱"
    rest = trail.search(after=(newest["at"], newest["chain"], newest["seq"]))
    assert [row["at"] for row in rest] == [20, 10]
    assert rest[0]["detail"] == {"parties": [ONE, OTHER]}


def test_entries_of_concurrent_requests_are_all_there(trail: Trail) -> None:
    def many(number: int) -> None:
        for at in range(20):
            trail.record(seen(f"s{number}", ONE, at=at)).result()

    threads = [threading.Thread(target=many, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = trail.verify()
    assert (verdict.entries, verdict.chains, verdict.problems) == (160, 1, [])


def test_each_process_has_a_chain_and_its_end_is_anchored(trail: Trail, url: str, tmp_path: Path) -> None:
    trail.record(seen("li", ONE)).result()
    other = open_trail(url, tmp_path)
    other.record(seen("wang", OTHER)).result()
    other.close()
    verdict = trail.verify()
    assert (verdict.chains, verdict.entries, verdict.problems) == (2, 2, [])
    assert verdict.anchors == 2, "one in the database, the same in the file"


TAMPERING = {
    "an altered entry": ["UPDATE trail_entry SET actor = 'nobody' WHERE seq = 2"],
    "an altered party": ["UPDATE trail_party SET ecif_no = '100000000009' WHERE seq = 2"],
    "an altered detail": ["UPDATE trail_entry SET detail = '{}' WHERE seq = 2",
                          "DELETE FROM trail_party WHERE seq = 2"],
    "a deleted entry": ["DELETE FROM trail_entry WHERE seq = 2", "DELETE FROM trail_party WHERE seq = 2"],
    "a deleted end": ["DELETE FROM trail_entry WHERE seq = 3", "DELETE FROM trail_party WHERE seq = 3"],
    "an end deleted with its head": [
        "DELETE FROM trail_entry WHERE seq = 3", "DELETE FROM trail_party WHERE seq = 3",
        "UPDATE trail_head SET seq = 2, digest = (SELECT digest FROM trail_entry WHERE seq = 2)",
    ],
    "all of a chain": ["DELETE FROM trail_entry", "DELETE FROM trail_party", "DELETE FROM trail_head"],
    "an altered anchor": ["UPDATE trail_anchor SET heads = '{}'"],
    "everything but the file": [
        f"DELETE FROM {table}" for table in ("trail_entry", "trail_party", "trail_head", "trail_anchor")
    ],
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERING)
def test_what_is_altered_or_deleted_is_found(tampering: str, url: str, tmp_path: Path) -> None:
    first = open_trail(url, tmp_path)
    first.record(seen("li", ONE), seen("wang", OTHER), seen("chen", ONE)).result()
    first.close()
    again = open_trail(url, tmp_path)
    assert again.verify().problems == []
    change(url, *TAMPERING[tampering])
    assert again.verify().problems != []
    again.close()


def test_an_entry_that_cannot_be_stored_fails_its_own_batch_and_a_new_chain_begins(trail: Trail) -> None:
    trail.record(seen("li", ONE)).result()
    with pytest.raises(TypeError):
        trail.record(Entry("x", notes={"no": object()})).result()
    trail.record(seen("wang", ONE)).result()
    verdict = trail.verify()
    assert (verdict.chains, verdict.entries, verdict.problems) == (2, 2, [])


def test_no_trail_without_its_tables(tmp_path: Path) -> None:
    trail = open_trail(f"sqlite:///{tmp_path}/none.db", tmp_path)
    with pytest.raises(StoreError, match="ecif db upgrade"):
        trail.record(seen("li")).result()
    trail.close()


def test_long_texts_are_cut_and_still_verify(trail: Trail) -> None:
    trail.record(seen("李" * 100, reason="因" * 500, address="a" * 99, route="/" * 300)).result()
    assert trail.verify().problems == []
    assert len(trail.search()[0]["reason"]) == 400
