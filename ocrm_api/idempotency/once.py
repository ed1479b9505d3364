"""`Idempotency-Key`: after the IETF draft of that name (draft-ietf-httpapi-idempotency-key-header).

The first request under a key is carried out and its answer kept for a day; the same again is given that
answer with `Idempotent-Replayed: true`; another one under the key is refused (422), and one that comes while
the first is under way, too (409). A key belongs to who used it. An answer that says the server failed is not
kept: the request may be tried again.

Nothing secret is kept. Of the request only a keyed digest (HMAC-SHA-256) is, into which passwords go by way
of Argon2id; an answer's secrets are null in what is kept, and `withheld` names them: whoever lost the first
answer asks for a new secret under a new key. What changes nothing (a preview) is answered anew each time.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import Header, HTTPException, Request, Response

from ecif.store.errors import Collided
from ocrm_api.access.identity import Staff
from ocrm_api.access.secrets import Passwords
from ocrm_api.database import Database
from ocrm_api.idempotency import store
from ocrm_api.trail.entry import Entry, now

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
WITHHELD: Final = "withheld"
"""Field of an answer given again: names of those that are null because only the first answer showed them."""
PURPOSE: Final = b"idempotency"
NOTHING: Final[Mapping[str, str]] = {}


class Once:
    """Of one application. `secret` is the program's own, asked for when it is first needed."""

    def __init__(self, database: Database, secret: Callable[[], str], passwords: Passwords) -> None:
        self._database, self._secret, self._passwords = database, secret, passwords

    def __call__(
        self, request: Request, staff: Staff, key: str | None, asked: Any, act: Callable[[], Response]
    ) -> Response:
        """`act` raises for what is refused: that is answered anew each time, since it changed nothing."""
        return self.guarded(request, staff.name, staff.entry, key, asked, act)

    def anew(
        self, request: Request, staff: Staff, key: str | None, asked: Any, act: Callable[[], Response]
    ) -> Response:
        """For what changes nothing: a key may be missing, and guards the request alone, not the answer."""
        if key is not None:
            at, digest = now(), self._digest(request, staff.name, key, asked, NOTHING)
            if self._begin(staff.name, key, digest, at, lambda: None) is None:
                self._finish(staff.name, key, at, Response(status_code=204), ())
        return act()

    def guarded(
        self, request: Request, owner: str, entry: Entry, key: str | None, asked: Any,
        act: Callable[[], Response], *, secrets: Mapping[str, str] = NOTHING, withheld: Sequence[str] = (),
        prove: Callable[[], object] = lambda: None,
    ) -> Response:  # fmt: skip
        """`secrets`: passwords of the request that are not in `asked`. `withheld`: fields of the answer, an
        object, that are not kept. `prove` raises where whoever comes again is not who came first."""
        if key is None:
            raise HTTPException(400, "send an Idempotency-Key: a word of your own, new for every act")
        digest = self._digest(request, owner, key, asked, secrets)
        at = now()
        earlier = self._begin(owner, key, digest, at, prove)
        if earlier is not None:
            entry.notes["replayed"] = True
            return _replayed(earlier)
        try:
            answer = act()
        except BaseException:
            self._forget(owner, key, at)
            raise
        self._finish(owner, key, at, answer, withheld)
        return answer

    def _begin(
        self, staff: str, key: str, digest: str, at: int, prove: Callable[[], object]
    ) -> store.Kept | None:
        """Of several that find a stale one at once, the first takes it over: the others collide with it."""
        with self._database.reading() as connection:
            found = store.kept(connection, staff, key)
        if found is not None and not _stale(found, at):
            prove()
            return _same(found, digest)
        try:
            with self._database.writing() as connection:
                store.forget_before(connection, at - KEPT_SECONDS * SECOND)
                if found is not None:
                    store.forget(connection, staff, key, found.begun_at)
                store.begin(connection, staff, key, digest, at)
        except Collided:
            raise HTTPException(409, "the same request is under way") from None
        return None

    def _digest(self, request: Request, owner: str, key: str, asked: Any, secrets: Mapping[str, str]) -> str:
        """The body as it was understood: blanks and the order of keys are nobody's business."""
        mine = hmac.digest(self._secret().encode(), PURPOSE, "sha256")
        salt = hmac.digest(mine, f"{owner}\n{key}".encode(), "sha256")
        hidden = {name: self._passwords.derived(one, salt).hex() for name, one in secrets.items()}
        content = [request.method, request.url.path, asked, *([hidden] if hidden else [])]
        return hmac.digest(mine, msgspec.json.encode(content, order="sorted"), "sha256").hex()

    def _finish(self, staff: str, key: str, at: int, answer: Response, withheld: Sequence[str]) -> None:
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        reply = {
            "status": answer.status_code,
            "headers": msgspec.json.encode(headers).decode(),
            "body": _without(bytes(answer.body), withheld).decode() or None,
        }
        with self._database.writing() as connection:
            store.finish(connection, staff, key, at, reply)

    def _forget(self, staff: str, key: str, at: int) -> None:
        with self._database.writing() as connection:
            store.forget(connection, staff, key, at)


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
    kind = "application/json" if found.body else None
    return Response(found.body or None, found.status, headers, media_type=kind)


def _without(body: bytes, withheld: Sequence[str]) -> bytes:
    if not withheld:
        return body
    told = msgspec.json.decode(body)
    return msgspec.json.encode({**told, **dict.fromkeys(withheld), WITHHELD: list(withheld)})
