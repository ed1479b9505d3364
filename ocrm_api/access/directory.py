"""Who a token or a cookie belongs to. Asked with every request, so answers are kept for a second.

A disabled account is therefore refused at once in the process that disabled it, and within a second in all
others.
"""

import threading
import time
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer

from ecif.store.errors import Collided
from ocrm_api.access import store
from ocrm_api.access.conf import SessionConf
from ocrm_api.access.secrets import TOKEN_PREFIX, digest, random_text
from ocrm_api.access.store import MINUTE, Account
from ocrm_api.database import Database
from ocrm_api.trail.entry import now

KEPT_SECONDS = 1.0
_MANY = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    account: Account
    via: str
    scopes: tuple[str, ...] | None = None
    """Permissions that a token is limited to."""
    csrf: str = ""
    """What unsafe requests of a session must show besides its cookie."""
    session: str = ""
    """Digest of its id."""


class Directory:
    def __init__(self, database: Database, conf: SessionConf) -> None:
        self._database, self._conf = database, conf
        self._kept: dict[str, tuple[Identity, float]] = {}
        self._lock = threading.Lock()
        self._key: str | None = None

    def forget(self) -> None:
        """Accounts changed: what is kept may be wrong."""
        with self._lock:
            self._kept.clear()

    def kept(self, secret: str) -> Identity | None:
        """What was found out within the last second."""
        found = self._kept.get(secret)
        return found[0] if found is not None and found[1] > time.monotonic() else None

    def by_token(self, token: str) -> Identity | None:
        if not token.startswith(TOKEN_PREFIX) or len(token) > 100:
            return None
        with self._database.reading() as connection:
            found = store.token(connection, digest(token))
        if found is None:
            return None
        issued, account = found
        ended = issued.ends_at is not None and issued.ends_at <= now()
        if ended or issued.revoked_at is not None or account.disabled_at is not None:
            return None
        return self._keep(token, Identity(account, "token", issued.scopes))

    def by_cookie(self, cookie: str) -> Identity | None:
        """The session that a cookie names, where it has not ended."""
        try:
            sid = self._signer("session").unsign(cookie).decode("ascii")
        except (BadSignature, UnicodeError):
            return None
        mine, at = digest(sid), now()
        with self._database.reading() as connection:
            found = store.session(connection, mine)
        if found is None:
            return None
        session, account = found
        if account.disabled_at is not None or self._ended(session, at):
            return None
        if at - session.seen_at >= MINUTE:
            with self._database.writing() as connection:
                store.see_session(connection, mine, at)
        return self._keep(cookie, Identity(account, "session", None, self._csrf(sid), mine))

    def open_session(self, name: str) -> tuple[str, str]:
        """The cookie's value and the CSRF token of a new session. Never reuses one: no fixation."""
        sid, at = random_text(), now()
        with self._database.writing() as connection:
            store.end_old_sessions(
                connection, at - self._conf.idle_minutes * MINUTE, at - self._conf.hours * 60 * MINUTE
            )
            store.add_session(connection, digest(sid), name, at)
        return self._signer("session").sign(sid).decode("ascii"), self._csrf(sid)

    def end_session(self, session: str) -> None:
        with self._database.writing() as connection:
            store.end_session(connection, session)
        self.forget()

    def sessions(self, name: str) -> list[store.Session]:
        """Those of an account that have not ended."""
        at = now()
        with self._database.reading() as connection:
            return [one for one in store.sessions(connection, name) if not self._ended(one, at)]

    def end_others(self, name: str, session: str) -> None:
        with self._database.writing() as connection:
            store.end_other_sessions(connection, name, session)
        self.forget()

    def _ended(self, session: store.Session, at: int) -> bool:
        idle, age = at - session.seen_at, at - session.created_at
        return idle > self._conf.idle_minutes * MINUTE or age > self._conf.hours * 60 * MINUTE

    def _csrf(self, sid: str) -> str:
        return self._signer("csrf").get_signature(sid).decode("ascii")

    def _signer(self, purpose: str) -> Signer:
        """A signature that is wrong is found without asking the database."""
        return Signer(self.key(), salt=purpose)

    def key(self) -> str:
        """The program's own secret, of which each purpose takes a key of its own."""
        if self._key is None:
            self._key = self._own_key()
        return self._key

    def _own_key(self) -> str:
        """Made by whichever process needs it first."""
        with self._database.reading() as connection:
            found = store.secret(connection, "cookies")
        if found is None:
            try:
                with self._database.writing() as connection:
                    store.add_secret(connection, "cookies", random_text())
            except Collided:
                pass  # another process made it meanwhile
            with self._database.reading() as connection:
                found = store.secret(connection, "cookies")
        assert found is not None
        return found

    def _keep(self, secret: str, identity: Identity) -> Identity:
        with self._lock:
            if len(self._kept) >= _MANY:
                self._kept.clear()
            self._kept[secret] = identity, time.monotonic() + KEPT_SECONDS
        return identity
