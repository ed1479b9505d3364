"""What is out of one's scope leaves no trace: not in search, lists, counts, graphs, feeds or error texts.

Shown as non-interference (Goguen and Meseguer, 1982): two banks that differ only in customers of other
branches answer somebody of one branch with the same bytes, on every route there is, with every parameter
naming the hidden ones. Routes that are added later are tried too.
"""

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from ecif.model import Holding, Relation
from ocrm_api.access import store
from ocrm_api.access.conf import BranchConf, StaffConf
from ocrm_api.app import create_app
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from ocrm_api.search.desk import SearchDesk
from ocrm_api.settings import Settings
from ocrm_api.source import Source
from tests.ecif.bank import LI_ID, ZHANG_ID, Bank
from tests.ocrm_api.desks import LentBank, act
from tests.ocrm_api.routes import Asked, asked, filled
from tests.ocrm_api.staffing import bearer
from tests.soak import SOAK

pytestmark = pytest.mark.slow

CONF = StaffConf(
    branch=(BranchConf(code="23", name="Harbin"), BranchConf(code="2301", parent="23"), BranchConf(code="99"))
)
SEEN, HIDDEN = "100000000001", "100000000002"
HIDDEN_VALUES = (
    "欧阳若曦", "OUYANGRUOXI", "oyrx", LI_ID, "13787654321", "ouyang@example.com", HIDDEN, "C2", "99",
    "6222000000000222", "M9", "core:C2",
)  # fmt: skip
TRIED = HIDDEN_VALUES if SOAK else HIDDEN_VALUES[::4]
NOT_OF_CUSTOMERS = ("staff.", "trail.", "account.")
"""What these show are members of staff; who may see them sees all of them."""
SYSTEM_WIDE = {"/metrics", "/api/v1/operations", "/console/"}
"""Prefixes, for figures of the whole hub, which hold no customer."""


def build(folder: Path, *, hidden: bool) -> Bank:
    """A customer of Harbin; with `hidden`, two of another branch, one of them in question with the first."""
    folder.mkdir()
    bank = Bank(folder)
    spouse = Relation("spouse", "某某", ("resident_id", LI_ID))
    bank.take(
        bank.person(
            "core", "C1", document=("resident_id", ZHANG_ID, "20300101"), born="19491231", branch="2301",
            manager="M1", phone__mobile="13912345678",
            address=("home", "黑龙江省哈尔滨市道里区中央大街一号", "150010"),
            relations=(spouse,), holdings=(Holding("deposit", "6222000000000111", "D1", "CNY", "10.00"),),
        )
    )  # fmt: skip
    bank.take(bank.person("loan", "L1", document=("resident_id", ZHANG_ID, None), email="san@example.com"))
    if hidden:
        hers = {"name": "欧阳若曦", "document": ("resident_id", LI_ID, None)}
        account = Holding("deposit", "6222000000000222")
        phone = {"phone__mobile": "13787654321"}
        bank.take(bank.person("core", "C2", branch="99", manager="M9", holdings=(account,), **phone, **hers))
        bank.take(bank.person("ebank", "E2", email="ouyang@example.com", **hers))
        question = ("resident_id", ZHANG_ID, None)
        bank.take(bank.person("core", "C3", name="钱七", document=question, branch="99"))
        command = bank.person("core", "C2", branch="99", manager="M9", **hers)
        bank.service.set_aside(command, "ValueError at survivorship.py:88", bank.now)
    database = Database(bank.url, OCRM)
    with database.writing() as connection:
        store.add_secret(connection, "cursors", "the same in both banks")
    source = Source(bank.url, LentBank(bank))
    search = SearchDesk(bank.url, source, database, tuple(bank.dialects))
    while search.follower().step():
        pass
    search.close()
    source.close()
    database.close()
    return bank


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bank, Bank]]:
    folder = tmp_path_factory.mktemp("worlds")
    with_hidden, without = build(folder / "with", hidden=True), build(folder / "without", hidden=False)
    yield with_hidden, without
    with_hidden.store.close()
    without.store.close()


def opened(bank: Bank, role: str, **account: Any) -> TestClient:
    settings = Settings(bank.url, Path("/nowhere/hub.sock"), systems=tuple(bank.dialects), staff=CONF)
    headers = bearer(bank.url, role, f"{role}-{account.get('branch', 'all')}", conf=CONF, **account)
    app = create_app(settings, LentBank(bank))
    return TestClient(app, headers=headers, follow_redirects=False)


@pytest.fixture(scope="module")
def scoped(worlds: tuple[Bank, Bank]) -> Iterator[tuple[TestClient, TestClient]]:
    """Somebody of Harbin who may do everything there, in both banks."""
    with opened(worlds[0], "admin", branch="23") as one, opened(worlds[1], "admin", branch="23") as other:
        yield one, other


def test_the_hidden_ones_are_there_for_others(worlds: tuple[Bank, Bank]) -> None:
    """Otherwise the tests below show nothing."""
    with opened(worlds[0], "admin") as client:
        assert client.get(f"/api/v1/parties/{HIDDEN}").json()["values"]["name"]["value"] == "欧阳若曦"
        for query in ({"name": "欧阳若曦"}, {"document": LI_ID}, {"phone": "13787654321"}, {"branch": "99"}):
            assert HIDDEN in client.get("/api/v1/parties", params=query).text
        assert client.get("/api/v1/reviews").json()["items"] != []
        assert "survivorship.py:88" in client.get("/api/v1/aside").text
    with opened(worlds[1], "admin") as client:
        assert client.get(f"/api/v1/parties/{HIDDEN}").status_code == 404
        assert client.get("/api/v1/reviews").json()["items"] == []


def test_one_s_own_customers_are_there(scoped: tuple[TestClient, TestClient]) -> None:
    for client in scoped:
        assert client.get(f"/api/v1/parties/{SEEN}").status_code == 200
        assert SEEN in client.get("/api/v1/parties", params={"document": ZHANG_ID}).text
        assert SEEN in client.get("/api/v1/parties", params={"branch": "2301"}).text


def of_customers(app: FastAPI) -> Iterator[Asked]:
    for one in asked(app):
        (permission,) = one.permissions
        if permission and not permission.startswith(NOT_OF_CUSTOMERS) and one.path not in SYSTEM_WIDE:
            yield one


def answers(client: TestClient, method: str, path: str, **more: Any) -> tuple[int, dict[str, str], str]:
    """What can be seen of an answer, without what differs between any two."""
    answer = client.request(method, path, **more)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, _VOLATILE.sub("…", answer.text)


_VOLATILE = re.compile(r'name="(csrf_token|key)" value="[^"]*"|test-\d+|(?<="cursor":)"[^"]+"')


def differing(scoped: tuple[TestClient, TestClient], method: str, path: str, **more: Any) -> Iterator[str]:
    """Where the two banks answer otherwise, what and how."""
    one, other = (answers(client, method, path, **more) for client in scoped)
    if one != other:
        told = [line for line in difflib.ndiff(*map(_lines, (other, one))) if line[0] in "+-"]
        yield "\n".join([f"{method} {path} {more.get('params') or more.get('json') or ''}", *told[:6]])


def _lines(answer: tuple[int, dict[str, str], str]) -> list[str]:
    status, headers, text = answer
    return [str(status), str(headers), *re.split(r"\n|(?<=[,>])", text)]


def paths(one: Asked) -> Iterator[str]:
    """Its parameters naming customers seen and hidden, and numbers of things from 1 on."""
    if "{" not in one.path:
        yield one.path
        return
    for number in (SEEN, HIDDEN, "100000000003"):
        for other in ("1", "2", "3", HIDDEN) if "other" in one.path or "ecif_no" not in one.path else ("1",):
            record = {"system": "core", "customer_no": "C2"}
            names = re.findall(r"{(\w+)", one.path)
            values = {name: number if "ecif" in name else record.get(name, other) for name in names}
            yield filled(one.path, **{**values, **({"day": "2023-11-14"} if "day" in names else {})})


def parameters(app: FastAPI, one: Asked) -> set[str]:
    contract = app.openapi()["paths"].get(one.path, {}).get(one.method.lower(), {})
    told = {parameter["name"] for parameter in contract.get("parameters", ()) if parameter["in"] == "query"}
    declared = {parameter.name for parameter in one.route.dependant.query_params}
    return (told | declared | {"q"}) - {"cursor", "limit"}


def test_reading_tells_nothing_of_the_hidden(scoped: tuple[TestClient, TestClient]) -> None:
    tried, leaks = 0, list[str]()
    for one in of_customers(scoped[0].app):  # type: ignore[arg-type]
        if one.method != "GET":
            continue
        for path in dict.fromkeys(paths(one)):
            leaks += differing(scoped, "GET", path)
            tried += 1
        first = next(paths(one))
        for name in sorted(parameters(scoped[0].app, one)):  # type: ignore[arg-type]
            for value in TRIED:
                leaks += differing(scoped, "GET", first, params={name: value})
                tried += 1
    assert leaks == [], "\n".join(leaks)
    assert tried > 150


def test_changing_what_is_hidden_is_as_if_it_were_not_there(scoped: tuple[TestClient, TestClient]) -> None:
    tried, leaks = 0, list[str]()
    for one in of_customers(scoped[0].app):  # type: ignore[arg-type]
        if one.method == "GET":
            continue
        body = body_of(scoped[0].app, one)  # type: ignore[arg-type]
        for path in dict.fromkeys(paths(one)):
            if SEEN in path:
                continue
            sent = {"data": FORM} if body is None else {"json": body}
            for headers in (act(key="k"), act('"x"', key="k2"), act("*", key="k3")):
                leaks += differing(scoped, one.method, path, **sent, headers=headers)
                tried += 1
    assert leaks == [], "\n".join(leaks)
    assert tried > 100


FORM = {
    "reason": "why it must be so", "attribute": "name", "value": "x", "system": "core", "customer_no": "C2",
    **dict.fromkeys(("ecif_no", "other", "survivor", "absorbed", "party", "from_no", "to_no", "to"), HIDDEN),
}  # fmt: skip
"""For the console's forms, whose fields the contract does not tell."""


def body_of(app: FastAPI, one: Asked) -> Any:
    """Made from the contract, naming hidden customers wherever one can be named."""
    contract = app.openapi()
    if one.path not in contract["paths"]:
        return None
    operation = contract["paths"][one.path][one.method.lower()]
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return _made(contract, schema, "")


def _made(contract: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> Any:
    if "$ref" in schema:
        schema = functools.reduce(lambda part, key: part[key], schema["$ref"][2:].split("/"), contract)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _made(contract, schema[several][0], name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {key: _made(contract, part, key) for key, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_made(contract, schema.get("items", {}), name)]
    if kind in ("integer", "number"):
        return 1
    if kind == "boolean":
        return False
    known = {"system": "core", "customer_no": "C2", "reason": "why it must be so", "attribute": "name"}
    party = "ecif" in name or name in ("survivor", "absorbed", "other", "party", "from_no", "to_no", "to")
    return HIDDEN if party or "[0-9]{11}" in schema.get("pattern", "") else known.get(name, "x")


# ---------------------------------------------------------------- fields

CLEAR = {
    "document": ZHANG_ID, "born": "19491231", "phone": "13912345678", "address": "中央大街",
    "email": "san@example.com", "holding": "6222000000000111",
}  # fmt: skip


@pytest.mark.parametrize(("role", "reason"), [("viewer", True), ("operator", True), ("admin", False)])
def test_masked_fields_are_clear_nowhere(worlds: tuple[Bank, Bank], role: str, reason: bool) -> None:
    """On no route, for a role that may not see them, and for nobody without a reason."""
    headers = {"X-Reason": "the customer calls"} if reason else {}
    with opened(worlds[1], role) as client:
        for one in asked(client.app):  # type: ignore[arg-type]
            if one.method != "GET" or one.permissions <= {""}:
                continue
            for path in dict.fromkeys(paths(one)):
                text = client.get(path, headers=headers).text
                for field, value in CLEAR.items():
                    assert value not in text, f"{field} on {path}"


def test_a_reason_shows_them_and_is_recorded(worlds: tuple[Bank, Bank]) -> None:
    with opened(worlds[1], "steward") as client:
        text = client.get(f"/api/v1/parties/{SEEN}", headers={"X-Reason": "the customer calls"}).text
        assert ZHANG_ID in text
        entry = client.app.state.trail.search(ecif_no=SEEN, limit=1)[0]  # type: ignore[attr-defined]
    assert (entry["reason"], "document" in entry["detail"]["clear"]) == ("the customer calls", True)


def test_a_manager_s_own_customers(worlds: tuple[Bank, Bank]) -> None:
    with opened(worlds[0], "viewer", own_only=True, manager="M9") as client:
        assert client.get(f"/api/v1/parties/{HIDDEN}").status_code == 200
        assert client.get(f"/api/v1/parties/{SEEN}").status_code == 404
