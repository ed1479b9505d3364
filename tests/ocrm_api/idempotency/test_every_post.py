"""Every POST of the contract: it takes an Idempotency-Key, the same again gives the same answer and changes
nothing, other content under the key is refused. A new POST is in it as soon as it has a case here.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ecif.four_eyes import FourEyesConf
from ocrm_api.access import secrets
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import LockoutConf, StaffConf
from ocrm_api.app import create_app
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from ocrm_api.idempotency import store
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank
from tests.ocrm_api.conftest import QUICK_ARGON2
from tests.ocrm_api.desks import LentBank
from tests.ocrm_api.hub import obedient_hub
from tests.ocrm_api.routes import contract
from tests.ocrm_api.staffing import bearer

WHY = {"reason": "called the customer"}
PASSWORD = "four words nobody guesses"
OPEN = {"POST /api/v1/session", "POST /api/v1/previews"}
"""A key may be left out: whoever logs in has no name yet, and a preview changes nothing."""


@dataclass(frozen=True)
class Asked:
    path: str
    json: Any = field(default_factory=lambda: WHY)
    tag: str = ""
    other: Any = None
    """Another request to the same path."""
    status: int = 200
    other_status: int = 422
    headers: Mapping[str, str] | None = None
    other_path: str = ""


class World:
    """An application over a small bank; each case makes its own customers in it."""

    def __init__(self, client: TestClient, bank: Bank, second: Mapping[str, str]) -> None:
        self.client, self.bank, self.second = client, bank, second
        self._numbers = itertools.count(1)

    def party(self, system: str = "core", **said: Any) -> tuple[str, str]:
        """(ECIF number, customer number)."""
        number = f"C{next(self._numbers)}"
        name = f"客户{chr(0x4E00 + next(self._numbers))}"
        made = self.bank.one(self.bank.person(system, number, **{"name": name, **said}))
        return str(made.ecif_no), number

    def asked_about(self) -> tuple[int, str, str]:
        """A question, and the two that it is about."""
        document = ("passport", f"E{next(self._numbers):08}", None)
        one, _ = self.party(document=document)
        other, _ = self.party("loan", document=document)
        (task,) = [q["id"] for q in self.get(f"/api/v1/reviews?ecif_no={one}").json()["items"]]
        return task, one, other

    def pair(self) -> tuple[str, str, str]:
        """Two customers, and the tag of both."""
        (one, _), (other, _) = self.party(), self.party("loan")
        return one, other, self.get(f"/api/v1/parties/{one}/compare/{other}").headers["ETag"]

    def two_records(self) -> tuple[str, str]:
        """(ECIF number, customer number in ebank) of somebody whom core knows, too."""
        passport = f"E{next(self._numbers):08}"
        name = f"客户{chr(0x4E00 + next(self._numbers))}"
        one, _ = self.party(name=name, document=("passport", passport, None))
        _, number = self.party("ebank", name=name, document__passport=(passport, None))
        return one, number

    def tag(self, ecif_no: str) -> str:
        return str(self.get(f"/api/v1/parties/{ecif_no}").headers["ETag"])

    def proposed(self) -> int:
        """A pin that waits for a second pair of eyes."""
        rules = self.bank.service.setting.rules
        rules.four_eyes = (FourEyesConf(decision="pin"),)
        try:
            return int(self.pinned()["decision"])
        finally:
            rules.four_eyes = ()

    def pinned(self) -> dict[str, Any]:
        one, _ = self.party()
        asked = {"attribute": "name", "value": "张三丰", **WHY}
        headers = {"Idempotency-Key": f"pin-{one}", "If-Match": self.tag(one)}
        answer = self.client.post(f"/api/v1/parties/{one}/pins", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def aside(self) -> int:
        self.bank.service.set_aside(
            self.bank.person("core", f"A{next(self._numbers)}"), "a fault", self.bank.now
        )
        return int(self.get("/api/v1/aside").json()["items"][-1]["message"]["row"])

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is stored."""
        with sqlite3.connect(self.bank.url.removeprefix("sqlite:///")) as connection:
            names = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            found = {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}
        connection.close()
        return {name: rows for name, rows in found.items() if name != "staff_session"} | {
            "sessions": [str(len(found["staff_session"]))]  # each tells to the minute when it was seen
        }


# ---------------------------------------------------------------- what each is asked


def log_in(world: World) -> Asked:
    asked = {"name": "li", "password": PASSWORD}
    return Asked("/api/v1/session", asked, other={**asked, "code": "123456"})


def session(world: World) -> dict[str, str]:
    """Headers of somebody who is logged in."""
    answer = world.client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return {"Authorization": "", "Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}


def removal(world: World) -> Asked:
    asked, path = {"password": PASSWORD}, "/api/v1/session/second-factor/removal"
    return Asked(path, asked, status=204, headers=session(world))


def own_token(world: World) -> Asked:
    asked = {"password": PASSWORD, "label": "nightly", "scopes": ["account.own"]}
    other = {**asked, "days": 7}
    return Asked("/api/v1/session/tokens", asked, status=201, other=other, headers=session(world))


def new_account(world: World) -> Asked:
    asked = {"name": "new.one", "role": "viewer", "password": PASSWORD}
    other = {**asked, "password": "other words nobody guesses"}
    return Asked("/api/v1/staff", asked, other=other, status=201)


def correction(world: World) -> Asked:
    one, _ = world.party()
    asked = {"values": {"email": "a@b.cn"}, **WHY}
    other = {"values": {"email": "c@d.cn"}, **WHY}
    return Asked(f"/api/v1/parties/{one}/corrections", asked, world.tag(one), other)


def consent(world: World) -> Asked:
    asked = {"purpose": "marketing", "given": True, "notice": "1", "channel": "branch", **WHY}
    path = f"/api/v1/parties/{world.party()[0]}"
    tag = world.get(f"{path}/privacy").headers["ETag"]
    return Asked(f"{path}/consents", asked, tag, other={**asked, "notice": "2"})


def restriction(world: World) -> Asked:
    path = f"/api/v1/parties/{world.party()[0]}"
    tag = world.get(f"{path}/privacy").headers["ETag"]
    return Asked(f"{path}/restriction", {"restricted": True, **WHY}, tag)


def erasure(world: World) -> Asked:
    one, _ = world.party()
    return Asked(f"/api/v1/parties/{one}/erasure", WHY, world.tag(one))


def pin(world: World) -> Asked:
    one, _ = world.party()
    asked = {"attribute": "name", "value": "张三丰", **WHY}
    return Asked(f"/api/v1/parties/{one}/pins", asked, world.tag(one))


def answering(verb: str) -> Callable[[World], Asked]:
    def asked(world: World) -> Asked:
        task, *_ = world.asked_about()
        seen = world.get(f"/api/v1/reviews/{task}/evidence").headers["ETag"]
        return Asked(f"/api/v1/reviews/{task}/{verb}", WHY, seen)

    return asked


def claim(world: World) -> Asked:
    task, *_ = world.asked_about()
    return Asked(f"/api/v1/reviews/{task}/claim", {}, other={"give_back": True})


def preview(world: World) -> Asked:
    one, other, _ = world.pair()
    return Asked(
        "/api/v1/previews", {"kind": "merge", "survivor": one, "absorbed": other},
        other={"kind": "no_match", "one": one, "other": other},
    )  # fmt: skip


def merge(world: World) -> Asked:
    one, other, tag = world.pair()
    return Asked("/api/v1/merges", {"survivor": one, "absorbed": other, **WHY}, tag)


def split(world: World) -> Asked:
    one, other, tag = world.pair()
    body = {"survivor": one, "absorbed": other, **WHY}
    headers = {"Idempotency-Key": f"merge-{one}", "If-Match": tag}
    merged = world.client.post("/api/v1/merges", json=body, headers=headers)
    return Asked("/api/v1/splits", {"absorbed": other, **WHY}, merged.headers["ETag"])


def move(world: World) -> Asked:
    one, number = world.two_records()
    return Asked("/api/v1/moves", {"system": "ebank", "customer_no": number, **WHY}, world.tag(one))


def no_match(world: World) -> Asked:
    one, other, tag = world.pair()
    return Asked("/api/v1/no-matches", {"one": one, "other": other, **WHY}, tag)


def on_record(verb: str, *before: str) -> Callable[[World], Asked]:
    def asked(world: World) -> Asked:
        one, number = world.two_records()
        path = f"/api/v1/records/ebank/{number}"
        for earlier in before:
            headers = {"Idempotency-Key": f"{earlier}-{number}", "If-Match": world.tag(one)}
            assert world.client.post(f"{path}/{earlier}", json=WHY, headers=headers).status_code == 200
        return Asked(f"{path}/{verb}", WHY, world.tag(one))

    return asked


def standing_off(world: World) -> Asked:
    one, number = world.two_records()
    with sqlite3.connect(world.bank.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE sync_state SET standoff = 1 WHERE customer_no = ?", (number,))
    connection.close()
    return Asked(f"/api/v1/records/ebank/{number}/resume", WHY, world.tag(one))


CASES: dict[str, Callable[[World], Asked]] = {
    "/api/v1/session": log_in,
    "/api/v1/session/second-factor": lambda _: Asked(
        "/api/v1/session/second-factor", None, other={}, other_path="/api/v1/staff/li/tokens"
    ),
    "/api/v1/session/second-factor/removal": removal,
    "/api/v1/session/tokens": own_token,
    "/api/v1/staff": new_account,
    "/api/v1/staff/{name}/tokens": lambda _: Asked(
        "/api/v1/staff/li/tokens", {"days": 3}, other={"days": 4}, status=201
    ),
    "/api/v1/quality": lambda _: Asked(
        "/api/v1/quality", None, status=202, other={}, other_path="/api/v1/staff/li/tokens"
    ),
    "/api/v1/systems/{system}/pause": lambda _: Asked("/api/v1/systems/core/pause"),
    "/api/v1/systems/{system}/resume": lambda _: Asked("/api/v1/systems/core/resume"),
    "/api/v1/systems/{system}/resync": lambda _: Asked("/api/v1/systems/core/resync", status=202),
    "/api/v1/aside/{row}/replay": lambda world: Asked(f"/api/v1/aside/{world.aside()}/replay"),
    "/api/v1/aside/{row}/discard": lambda world: Asked(f"/api/v1/aside/{world.aside()}/discard"),
    "/api/v1/parties/{ecif_no}/consents": consent,
    "/api/v1/parties/{ecif_no}/restriction": restriction,
    "/api/v1/parties/{ecif_no}/erasure": erasure,
    "/api/v1/parties/{ecif_no}/corrections": correction,
    "/api/v1/parties/{ecif_no}/pins": pin,
    "/api/v1/reviews/{task}/claim": claim,
    "/api/v1/reviews/{task}/link": answering("link"),
    "/api/v1/reviews/{task}/separate": answering("separate"),
    "/api/v1/reviews/{task}/dismiss": answering("dismiss"),
    "/api/v1/previews": preview,
    "/api/v1/merges": merge,
    "/api/v1/splits": split,
    "/api/v1/moves": move,
    "/api/v1/no-matches": no_match,
    "/api/v1/records/{system}/{customer_no}/withdraw": on_record("withdraw"),
    "/api/v1/records/{system}/{customer_no}/restore": on_record("restore", "withdraw"),
    "/api/v1/records/{system}/{customer_no}/resume": standing_off,
    "/api/v1/decisions/{decision}/release": lambda world: Asked(
        f"/api/v1/decisions/{world.proposed()}/release", headers=world.second
    ),
    "/api/v1/decisions/{decision}/reject": lambda world: Asked(
        f"/api/v1/decisions/{world.proposed()}/reject", headers=world.second
    ),
    "/api/v1/decisions/{decision}/undo": lambda world: Asked(
        f"/api/v1/decisions/{world.pinned()['decision']}/undo"
    ),
}


# ---------------------------------------------------------------- asked twice


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("posts")
    bank = Bank(folder)
    settings = Settings(bank.url, folder / "hub.sock", systems=("core", "loan", "ebank"), hub_seconds=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "PasswordHasher", QUICK_ARGON2)
        headers, second = bearer(bank.url, "admin"), bearer(bank.url, "admin", "second")
        database = Database(bank.url, OCRM)
        Accounts(database, StaffConf()).add("li", "admin", password=PASSWORD)
        database.close()
        app = create_app(settings, LentBank(bank))
    with (
        obedient_hub(settings.hub_socket.with_name("control.sock")),
        TestClient(app, headers=headers, follow_redirects=False) as client,
    ):
        yield World(client, bank, second)
    bank.store.close()


def posts() -> Mapping[str, Any]:
    return {path: methods["post"] for path, methods in contract()["paths"].items() if "post" in methods}


POSTS = posts()


def test_every_post_has_a_case() -> None:
    assert POSTS.keys() == CASES.keys()


@pytest.mark.parametrize("template", POSTS)
def test_the_contract_names_the_key(template: str) -> None:
    operation = POSTS[template]
    names = [one["name"].lower() for one in operation.get("parameters", []) if one["in"] == "header"]
    assert "idempotency-key" in names
    assert {"400", "409", "422"} <= operation["responses"].keys()


@pytest.mark.parametrize("template", CASES)
def test_the_same_twice_takes_effect_once(world: World, template: str) -> None:
    asked = CASES[template](world)
    key = f"key-{template}".replace("/", "-").replace("{", "").replace("}", "")
    headers = {**(asked.headers or {}), **({"If-Match": asked.tag} if asked.tag else {})}
    if f"POST {template}" not in OPEN:
        without = world.client.post(asked.path, json=asked.json, headers=headers)
        assert without.status_code == 400, without.text
    headers["Idempotency-Key"] = key
    first = world.client.post(asked.path, json=asked.json, headers=headers)
    assert first.status_code == asked.status, first.text
    if "Set-Cookie" in first.headers and "Cookie" in headers:  # the answer brought another session
        headers["Cookie"] = first.headers["Set-Cookie"].partition(";")[0]
        mine = {name: headers[name] for name in ("Authorization", "Cookie")}
        headers["X-CSRF-Token"] = world.client.get("/api/v1/session", headers=mine).json()["csrf_token"]
    if template.endswith("resync"):
        wait_for_resync(world)
    before = world.rows()
    again = world.client.post(asked.path, json=asked.json, headers=headers)
    assert again.status_code == first.status_code
    assert without_secrets(first) == without_secrets(again)
    assert {name: again.headers.get(name) for name in ("ETag", "Location")} == {
        name: first.headers.get(name) for name in ("ETag", "Location")
    }
    assert "Set-Cookie" not in again.headers
    assert world.rows() == before
    if template != "/api/v1/previews":
        assert again.headers["Idempotent-Replayed"] == "true"
    other = asked.other if asked.other is not None else {**asked.json, **another(asked.json)}
    refused = world.client.post(asked.other_path or asked.path, json=other, headers=headers)
    assert refused.headers["content-type"] == "application/problem+json"
    if "password" in (asked.json or {}) and template.endswith("removal"):
        assert refused.status_code == 401
    else:
        assert refused.status_code == 422
        assert refused.json()["detail"] == "this Idempotency-Key was used for another request"
    world.client.cookies.clear()


def another(body: Mapping[str, Any]) -> dict[str, str]:
    return {"reason": "for another reason"} if "reason" in body else {"password": "wrong and long enough"}


def wait_for_resync(world: World) -> None:
    while world.get("/api/v1/systems/core/resync").json()["state"] == "running":
        pass


def without_secrets(answer: Any) -> Any:
    """What the second answer leaves out, it names."""
    if not answer.content:
        return None
    told = answer.json()
    secret = ("token", "secret", "uri", "csrf_token", "withheld")
    if answer.headers.get("Idempotent-Replayed"):
        assert all(told[name] is None for name in told.get("withheld", ()))
        assert all(told[name] is None for name in secret[:-1] if name in told), "kept in clear"
    return {name: value for name, value in told.items() if name not in secret}


# ---------------------------------------------------------------- secrets


def test_nothing_secret_is_kept(world: World) -> None:
    headers = {"Idempotency-Key": "secret"}
    account = {"name": "a.b", "role": "viewer", "password": PASSWORD}
    world.client.post("/api/v1/staff", json=account, headers=headers)
    token = world.client.post("/api/v1/staff/a.b/tokens", json={}, headers={"Idempotency-Key": "t"}).json()
    factor = world.client.post("/api/v1/session/second-factor", headers={"Idempotency-Key": "f"}).json()
    log_in = {"name": "a.b", "password": PASSWORD}
    session = world.client.post("/api/v1/session", json=log_in, headers={"Idempotency-Key": "s"})
    world.client.cookies.clear()
    kept = str(world.rows()["kept_reply"])
    for secret in (
        PASSWORD, token["token"], factor["secret"], session.json()["csrf_token"],
        session.headers["Set-Cookie"].partition("=")[2].partition(".")[0],
    ):  # fmt: skip
        assert secret
        assert secret not in kept


def test_a_kept_log_in_is_for_who_knows_the_password(world: World) -> None:
    asked, headers = {"name": "second.li", "password": PASSWORD}, {"Idempotency-Key": "mine"}
    account = {**asked, "role": "viewer"}
    world.client.post("/api/v1/staff", json=account, headers={"Idempotency-Key": "second.li"})
    assert world.client.post("/api/v1/session", json=asked, headers=headers).status_code == 200
    wrong = {**asked, "password": "wrong and long enough"}
    assert world.client.post("/api/v1/session", json=wrong, headers=headers).status_code == 401
    assert world.client.post("/api/v1/session", json=asked, headers=headers).status_code == 200
    world.client.cookies.clear()
    tag = {"If-Match": world.get("/api/v1/staff/second.li").headers["ETag"]}
    assert world.client.patch("/api/v1/staff/second.li", json={"disabled": True}, headers=tag).is_success
    assert world.client.post("/api/v1/session", json=asked, headers=headers).status_code == 401


def test_nothing_is_written_for_who_is_locked_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"name": "locked.li", "password": PASSWORD, "role": "viewer"}
    world.client.post("/api/v1/staff", json=account, headers={"Idempotency-Key": "locked.li"})
    for name in ("locked.li", "nobody.here"):
        wrong = {"name": name, "password": "wrong and long enough"}
        for _ in range(LockoutConf().failures):
            assert world.client.post("/api/v1/session", json=wrong).status_code == 401
        begun: list[str] = []
        monkeypatch.setattr(store, "begin", lambda _, owner, *rest, begun=begun: begun.append(owner))
        asked, headers = {"name": name, "password": PASSWORD}, {"Idempotency-Key": f"locked-{name}"}
        answer = world.client.post("/api/v1/session", json=asked, headers=headers)
        monkeypatch.undo()
        assert (answer.status_code, begun) == (429, [])
        assert int(answer.headers["Retry-After"]) > 25


def test_a_token_lost_on_the_way_is_asked_for_anew(world: World) -> None:
    path, headers = "/api/v1/staff/second/tokens", {"Idempotency-Key": "lost"}
    world.client.post(path, json={}, headers=headers)
    again = world.client.post(path, json={}, headers=headers).json()
    assert again == {"token": None, "withheld": ["token"]}
    anew = world.client.post(path, json={}, headers={"Idempotency-Key": "anew"}).json()
    assert anew["token"].startswith("ecif_")
    assert anew["withheld"] == []
    assert len(world.get("/api/v1/staff/second/tokens").json()) == 3
