"""`Idempotency-Key`: after the IETF draft of that name (draft-ietf-httpapi-idempotency-key-header).

The first request under a key is carried out and its answer kept for a day; the same again is given that
answer with `Idempotent-Replayed: true`; another one under the key is refused (422), and one that comes while
the first is under way, too (409). A key belongs to who used it. An answer that says the server failed is not
kept: the request may be tried again.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, Final

import msgspec
from fastapi import Header, HTTPException, Request, Response

from ecif.store.errors import Collided
from ocrm_api.access.identity import Staff
from ocrm_api.database import Database
from ocrm_api.idempotency import store
from ocrm_api.trail.entry import now

SECOND: Final = 1_000_000
KEPT_SECONDS: Final = 86_400
ABANDONED_SECONDS: Final = 60
"""Under way for longer: its process has died, and what it did is found by its own means (versions)."""
_HEADERS: Final = ("etag", "location")

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the sender, new for every act; the same again is answered as before.",
        examples=["4f8e6c1e-correct-phone"],
    ),
]  # fmt: skip
PROBLEMS = (400, 409, 422)
"""What every POST may answer because of its key."""


class Once:
    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(
        self, request: Request, staff: Staff, key: str | None, asked: Any, act: Callable[[], Response]
    ) -> Response:
        """`act` raises for what is refused: that is answered anew each time, since it changed nothing."""
        if key is None:
            raise HTTPException(400, "send an Idempotency-Key: a word of your own, new for every act")
        digest = _digest(request, asked)
        earlier = self._begin(staff.name, key, digest)
        if earlier is not None:
            staff.note(replayed=True)
            return _replayed(earlier)
        try:
            answer = act()
        except BaseException:
            self._forget(staff.name, key)
            raise
        self._finish(staff.name, key, answer)
        return answer

    def _begin(self, staff: str, key: str, digest: str) -> store.Kept | None:
        at = now()
        with self._database.reading() as connection:
            found = store.kept(connection, staff, key)
        if found is not None and not _stale(found, at):
            return _same(found, digest)
        try:
            with self._database.writing() as connection:
                store.forget_before(connection, at - KEPT_SECONDS * SECOND)
                if found is not None:
                    store.forget(connection, staff, key)
                store.begin(connection, staff, key, digest, at)
        except Collided:
            raise HTTPException(409, "the same request is under way") from None
        return None

    def _finish(self, staff: str, key: str, answer: Response) -> None:
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        reply = {
            "status": answer.status_code,
            "headers": msgspec.json.encode(headers).decode(),
            "body": bytes(answer.body).decode() or None,
        }
        with self._database.writing() as connection:
            store.finish(connection, staff, key, reply)

    def _forget(self, staff: str, key: str) -> None:
        with self._database.writing() as connection:
            store.forget(connection, staff, key)


def _stale(found: store.Kept, at: int) -> bool:
    seconds = ABANDONED_SECONDS if found.status is None else KEPT_SECONDS
    return found.begun_at < at - seconds * SECOND


def _same(found: store.Kept, digest: str) -> store.Kept:
    if found.digest != digest:
        raise HTTPException(422, "this Idempotency-Key was used for another request")
    if found.status is None:
        raise HTTPException(409, "the same request is under way")
    return found


def _replayed(found: store.Kept) -> Response:
    headers = {**found.headers, "Idempotent-Replayed": "true"}
    assert found.status is not None
    return Response(found.body, found.status, headers, media_type="application/json")


def _digest(request: Request, asked: Any) -> str:
    """The body as it was understood: blanks and the order of keys are nobody's business."""
    content = msgspec.json.encode([request.method, request.url.path, asked], order="sorted")
    return sha256(content).hexdigest()
