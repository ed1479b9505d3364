"""What routes of API and console share: accounts, log-in, sessions, and the cookie."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response

from ocrm_api.access.accounts import Accounts, NoSuchAccount, NotAllowed
from ocrm_api.access.conf import StaffConf
from ocrm_api.access.directory import Directory
from ocrm_api.access.identity import COOKIE
from ocrm_api.access.login import CodeNeeded, Locked, LoggedIn, Login, Outcome
from ocrm_api.access.oidc import Oidc
from ocrm_api.access.rates import Rates
from ocrm_api.database import Database
from ocrm_api.guard.conf import HttpLimits
from ocrm_api.trail.entry import Entry

T = TypeVar("T")
Told = TypeVar("Told", bound=Outcome)


@dataclass(frozen=True, slots=True)
class Services:
    """One for the application; `app.state.access`."""

    conf: StaffConf
    accounts: Accounts
    directory: Directory
    login: Login
    rates: Rates
    oidc: Oidc | None

    @classmethod
    def on(cls, database: Database, conf: StaffConf, limits: HttpLimits) -> "Services":
        accounts, directory = Accounts(database, conf), Directory(database, conf.session)
        login = Login(database, accounts, directory, conf.lockout)
        oidc = Oidc(conf.oidc, database, accounts, directory) if conf.oidc else None
        return cls(conf, accounts, directory, login, Rates(limits), oidc)

    def log_in(self, entry: Entry, name: str, password: str, code: str) -> Outcome:
        """Told to the trail, too. A name that is no account's may be a password: it is not written."""
        return self._told(entry, name, self.login.log_in(name, password, code, entry.address or ""))

    def locked(self, entry: Entry, name: str) -> Locked | None:
        """Told to the trail like the log-in that is not tried."""
        found = self.login.locked(name, entry.address or "")
        return found and self._told(entry, name, found)

    def _told(self, entry: Entry, name: str, outcome: Told) -> Told:
        entry.notes["outcome"] = _WORDS.get(type(outcome), "wrong")
        if self.accounts.knows(name):
            entry.actor, entry.via = name, "password"
        return outcome

    def hidden(self, name: str) -> str:
        """Stands for a name that may be no account's, and then perhaps a password."""
        said = b"log-in\0" + name.encode()  # no name makes it the key of another purpose
        return f"log-in:{hmac.digest(self.directory.key().encode(), said, 'sha256').hex()}"

    def allowed(self, act: Callable[[], T]) -> T:
        """Changes an account; refusals become problems."""
        try:
            return act()
        except NoSuchAccount as error:
            raise HTTPException(404, str(error)) from None
        except NotAllowed as error:
            raise HTTPException(422, str(error)) from None
        finally:
            self.directory.forget()

    def same_origin(self, request: Request) -> None:
        """Before there is a session there is no CSRF token: browsers say where a request comes from."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403, "this comes from a page of another site")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
            raise HTTPException(403, "this comes from a page of another site")


_WORDS: dict[type, str] = {LoggedIn: "admitted", Locked: "locked", CodeNeeded: "code needed"}


def set_cookie(response: Response, request: Request, value: str) -> None:
    """Strict: no other site's link carries it. Secure wherever the line is."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, value, path="/", httponly=True, secure=secure, samesite="strict")
