"""Log-in by the bank's identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

What the flow must remember between leaving and coming back (state, nonce, verifier) travels in a signed
cookie of ten minutes. The ID token's signature, issuer, audience, times and nonce are checked against the
provider's published keys, asked anew each time, so that changed keys need nothing here.

An account is known by (issuer, subject). The first time it is found by its name: one that has no password
becomes the provider's; one that has is not taken over; where there is none it is made, if a role says so.
"""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ocrm_api.access import store
from ocrm_api.access.accounts import Accounts, NotAllowed
from ocrm_api.access.conf import OidcConf
from ocrm_api.access.directory import Directory
from ocrm_api.access.secrets import random_text
from ocrm_api.access.store import Account
from ocrm_api.database import Database

log = logging.getLogger("ocrm_api.access")
ASK_SECONDS = 10.0
FLOW_SECONDS = 600
_LEEWAY_SECONDS = 60
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""No shared secrets and no "none"."""


class NotAdmitted(Exception):
    """The provider's answer lets nobody in; the text is for the log and the trail."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where the browser goes, and what its cookie must bring back."""

    url: str
    flow: str


class Oidc:
    def __init__(self, conf: OidcConf, database: Database, accounts: Accounts, directory: Directory) -> None:
        self._conf, self._database = conf, database
        self._accounts, self._directory = accounts, directory
        self._issuer = str(conf.issuer).rstrip("/")

    def leave(self, redirect_uri: str) -> Leaving:
        """Raises NotAdmitted where the provider cannot be asked."""
        told = self._discovered()
        state, nonce, verifier = random_text(), random_text(), random_text() + random_text()
        url = prepare_grant_uri(
            told["authorization_endpoint"], self._conf.client_id, "code", redirect_uri, self._conf.scopes,
            state, nonce=nonce, code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )  # fmt: skip
        flow = {"state": state, "nonce": nonce, "verifier": verifier}
        return Leaving(url, self._serializer().dumps(flow))

    def come_back(self, flow: str, state: str, code: str, redirect_uri: str) -> Account:
        """Whom the provider vouches for. Raises NotAdmitted."""
        try:
            remembered = self._serializer().loads(flow, max_age=FLOW_SECONDS)
        except BadSignature:
            raise NotAdmitted("the log-in was not begun here, or too long ago") from None
        if not state or state != remembered["state"]:
            raise NotAdmitted("the answer is to another log-in")
        return self._account(self._claims(remembered, code, redirect_uri))

    # ------------------------------------------------------------ provider

    def _claims(self, flow: Mapping[str, str], code: str, redirect_uri: str) -> Mapping[str, Any]:
        told = self._discovered()
        try:
            issued = self._exchanged(told["token_endpoint"], code, flow["verifier"], redirect_uri)
            keys = KeySet.import_key_set(self._get(told["jwks_uri"]))
            token = jwt.decode(str(issued["id_token"]), keys, algorithms=_SIGNED_BY)
            self._registry(flow["nonce"]).validate(token.claims)
        except (JoseError, httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            raise NotAdmitted(f"the provider's token is not good: {type(error).__name__}") from error
        several = isinstance(token.claims["aud"], list) and len(token.claims["aud"]) > 1
        if several and token.claims.get("azp") != self._conf.client_id:
            raise NotAdmitted("the token is for another party")
        return token.claims

    def _exchanged(self, endpoint: str, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """The code for the tokens, with the client's secret by RFC 6749, 2.3.1."""
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }  # fmt: skip
        secret = quote_plus(self._conf.client_id), quote_plus(self._conf.client_secret)
        answer = httpx.post(endpoint, data=asked, auth=secret, timeout=ASK_SECONDS, verify=self._verify())
        answer.raise_for_status()
        return dict(answer.json())

    def _registry(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "values": [self._issuer, self._issuer + "/"]},
            aud={"essential": True, "value": self._conf.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )

    def _discovered(self) -> Mapping[str, str]:
        try:
            told = self._get(f"{self._issuer}/.well-known/openid-configuration")
            if told["issuer"].rstrip("/") != self._issuer:
                raise NotAdmitted("the provider calls itself otherwise than conf does")
            return {name: str(told[name]) for name in _ENDPOINTS}
        except (httpx.HTTPError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise NotAdmitted(f"the provider cannot be asked: {type(error).__name__}") from error

    def _get(self, url: str) -> Any:
        answer = httpx.get(url, timeout=ASK_SECONDS, verify=self._verify(), follow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    def _verify(self) -> Any:
        """The system's authorities, or the one that conf names."""
        return True if self._conf.ca is None else _context(str(self._conf.ca))

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._directory.key(), salt="oidc")

    # ------------------------------------------------------------ accounts

    def _account(self, claims: Mapping[str, Any]) -> Account:
        subject = f"{self._issuer}#{claims['sub']}"[:255]
        role, branch = self._role(claims), self._branch(claims)
        with self._database.reading() as connection:
            account = store.account_of(connection, subject)
        if account is None:
            account = self._first_time(str(claims.get(self._conf.name_claim, "")), subject, role, branch)
        elif role is not None and (role, branch) != (account.role, account.branch):
            self._accounts.set_role(
                account.name, role, branch=branch, own_only=account.own_only, manager=account.manager
            )
            account = self._accounts.get(account.name)
        if account.disabled_at is not None:
            raise NotAdmitted("the account is disabled")
        return account

    def _first_time(self, name: str, subject: str, role: str | None, branch: str | None) -> Account:
        try:
            if not self._accounts.knows(name):
                if role is None:
                    raise NotAdmitted("no role of conf fits the claims")
                self._accounts.add(name, role, branch=branch, subject=subject)
            elif not self._accounts.bind(name, subject):
                raise NotAdmitted("the account of this name has a password, or is another person's")
            return self._accounts.get(name)
        except NotAllowed as error:
            raise NotAdmitted(str(error)) from None

    def _role(self, claims: Mapping[str, Any]) -> str | None:
        said = claims.get(self._conf.role_claim, ())
        values = {said} if isinstance(said, str) else set(map(str, said)) if isinstance(said, list) else set()
        return next((role for value, role in self._conf.roles.items() if value in values), None)

    def _branch(self, claims: Mapping[str, Any]) -> str | None:
        said = claims.get(self._conf.branch_claim) if self._conf.branch_claim else None
        return str(said)[:40] if said else None


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _context(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)
