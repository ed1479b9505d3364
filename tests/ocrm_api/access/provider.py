"""A small OpenID Connect provider, on a real port: discovery, authorization code with PKCE, token, keys.

It checks what a provider must (client secret, redirect, verifier, one use of a code), and says wrong things
on demand: `provider.twist` changes the next ID token's claims, header or key.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import uvicorn
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from gateway.peers.ports import free_ports

CLIENT, SECRET = "ecif", "s3cret of the client"


class Provider:
    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"})
        self.user: dict[str, Any] = {"sub": "u-1", "preferred_username": "li.na", "roles": ["ecif-viewer"]}
        self.twist: Callable[[dict[str, Any]], Any] = lambda claims: None
        self.signs_with = self.key
        self.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with)
        self.calls_itself = self.issuer
        self._codes: dict[str, dict[str, str]] = {}
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(), host="127.0.0.1", port=self.port, log_config=None, ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, str]:
            names = ("authorization", "token")
            return {
                "issuer": self.calls_itself,
                "jwks_uri": f"{self.issuer}/keys",
                **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in names},
            }

        @app.get("/authorization")
        def authorization(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["client_id"] == CLIENT
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            assert "openid" in asked["scope"].split()
            code = secrets.token_urlsafe()
            self._codes[code] = asked
            return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 302)

        @app.post("/token")
        def token(
            request: Request, code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form()
        ) -> Any:
            asked = self._codes.pop(code, None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=")
            basic = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
            good = (
                asked is not None
                and request.headers["Authorization"] == f"Basic {basic}"
                and asked["redirect_uri"] == redirect_uri
                and asked["code_challenge"] == challenge.decode()
            )
            if not good:
                return Response('{"error": "invalid_grant"}', 400, media_type="application/json")
            assert asked is not None
            return {"access_token": "a", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return dict(KeySet([self.key]).as_dict(private=False))

        return app

    def _id_token(self, nonce: str) -> str:
        at = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce, **self.user}
        self.twist(claims)
        return self.sign(claims)


def other_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "1"})


def by_hmac(claims: dict[str, Any], key: RSAKey) -> str:
    """The old trick: the provider's public key as the secret of an HMAC. No library does it any more."""
    parts = [_encoded(json.dumps(one).encode()) for one in ({"alg": "HS256", "kid": "1"}, claims)]
    secret = key.as_pem(private=False)
    return ".".join([*parts, _encoded(hmac.digest(secret, ".".join(parts).encode(), "sha256"))])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
