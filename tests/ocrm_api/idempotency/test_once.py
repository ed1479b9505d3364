"""Keys at the edges: an abandoned one is taken over by one of those that come again, and stays that one's."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import HTTPException, Request, Response

from ocrm_api.access.secrets import Passwords
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from ocrm_api.idempotency import once as once_module
from ocrm_api.idempotency import store
from ocrm_api.idempotency.once import ABANDONED_SECONDS, KEPT_SECONDS, SECOND, Once
from ocrm_api.trail.entry import Entry, now
from tests.databases import SHARED, fresh

REQUEST = Request({"type": "http", "method": "POST", "path": "/api/v1/merges", "headers": []})


class Sender:
    """Sends the same request under the same key, at hours moved by hand."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.once = Once(database, lambda: "a secret", Passwords())
        self.later = 0
        monkeypatch.setattr(once_module, "now", lambda: now() + self.later * SECOND)

    def __call__(self, act: Callable[[], Response]) -> bytes:
        return bytes(self.once.guarded(REQUEST, "li", Entry("merge"), "key", None, act).body)


@pytest.fixture(params=SHARED)
def send(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    database = Database(fresh(request.param, tmp_path), OCRM)
    yield Sender(database, monkeypatch)
    database.close()


def says(text: str) -> Callable[[], Response]:
    return lambda: Response(text)


def fails() -> Response:
    raise HTTPException(503, "the hub is away")


def refused_at(send: Sender, act: Callable[[], Response]) -> int:
    with pytest.raises(HTTPException) as refused:
        send(act)
    return refused.value.status_code


@pytest.mark.parametrize("seconds", [ABANDONED_SECONDS, KEPT_SECONDS])
def test_one_of_two_that_come_again_at_once_takes_it_over(
    send: Sender, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    def abandoned() -> Response:
        send.later = seconds + 1
        real = store.kept

        def read_before_another_takes_it(*key: Any) -> store.Kept | None:
            found = real(*key)
            monkeypatch.setattr(store, "kept", real)
            another.append(send(says("another")))
            return found

        another: list[bytes] = []
        monkeypatch.setattr(store, "kept", read_before_another_takes_it)
        assert refused_at(send, says("too late")) == 409
        assert another == [b"another"]
        return Response("abandoned")

    send(abandoned)
    assert send(fails) == b"another"


@pytest.mark.parametrize("late", [says("late"), fails])
def test_who_ends_late_leaves_the_row_of_who_took_it_over(send: Sender, late: Callable[[], Response]) -> None:
    def slow() -> Response:
        send.later = ABANDONED_SECONDS + 1
        send(says("took it over"))
        return late()

    with nullcontext() if late is not fails else pytest.raises(HTTPException):
        send(slow)
    assert send(fails) == b"took it over"


def test_what_is_answered_anew_is_not_told_as_given_again(send: Sender) -> None:
    staff: Any = SimpleNamespace(name="li", entry=Entry("preview"))
    answers = [send.once.anew(REQUEST, staff, "key", None, says(text)).body for text in ("first", "second")]
    assert answers == [b"first", b"second"]
    assert staff.entry.notes == {}
    with pytest.raises(HTTPException, match="another request"):
        send.once.anew(REQUEST, staff, "key", "other", says("third"))
