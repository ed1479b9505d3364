"""Every page for everybody: who may see it sees it, whole and in both languages; who may not is told so."""

import re

import pytest

from ocrm_api.access.conf import DEFAULT_ROLES
from ocrm_api.access.permissions import PERMISSIONS
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.console.conftest import LogIn

PAGES = {
    "/console/": "account.own",
    "/console/account": "account.own",
    "/console/search": "parties.search",
    "/console/systems": "operations.read",
    "/console/systems/core": "operations.read",
    "/console/messages": "journal.read",
    "/console/messages/1": "messages.read",
    "/console/aside": "operations.read",
    "/console/conf": "conf.read",
    "/console/customers/{zhang}": "parties.read",
    "/console/customers/{zhang}/then?at=2030-01-01T00:00": "parties.history",
    "/console/customers/{zhang}/correct": "parties.correct",
    "/console/customers/{zhang}/correct?attribute=document:passport": "parties.correct",
    "/console/search?q=zhang": "parties.search",
    "/console/reviews": "reviews.read",
    "/console/decisions": "reviews.read",
    "/console/merge": "parties.merge",
    "/console/trail": "trail.read",
    "/console/trail/verification": "trail.read",
    "/console/staff": "staff.read",
}
FOREIGN = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""")
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", re.IGNORECASE)


def allowed(role: str, permission: str) -> bool:
    conf = DEFAULT_ROLES[role]
    mine = {*conf.permissions, *(one for part in conf.includes for one in DEFAULT_ROLES[part].permissions)}
    return "*" in mine or permission in mine


@pytest.mark.parametrize("role", ["viewer", "steward", "operator", "admin"])
def test_each_role_sees_its_pages_and_no_others(log_in: LogIn, zhang: str, role: str) -> None:
    client = log_in(role)
    for path, permission in PAGES.items():
        answer = client.get(path.format(zhang=zhang))
        assert answer.status_code == (200 if allowed(role, permission) else 403), path
        assert "<html" in answer.text


def test_pages_are_strict_and_at_home(log_in: LogIn, zhang: str) -> None:
    client = log_in("admin")
    for path in PAGES:
        text = client.get(path.format(zhang=zhang)).text
        assert not FOREIGN.search(text), path
        assert not INLINE.search(text), (path, INLINE.search(text))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_key_without_words_is_shown(log_in: LogIn, zhang: str, language: str) -> None:
    client = log_in("admin")
    client.cookies.set("ecif_language", language)
    keys = re.compile(r">\s*((?:[a-z_]+\.)+[a-z_]+)\s*<")
    for path in PAGES:
        text = client.get(path.format(zhang=zhang)).text
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in text
        found = set(keys.findall(text)) - set(re.findall(r'<dt class="code">([a-z.]+)</dt>', text))
        found -= set(PERMISSIONS)
        assert not {one for one in found if not one.endswith((".toml", ".pem", ".key"))}, path


def test_values_are_masked_and_the_reader_is_in_the_trail(log_in: LogIn, zhang: str) -> None:
    client = log_in("viewer")
    page = client.get(f"/console/customers/{zhang}").text
    assert "张三" in page
    assert ZHANG_ID not in page
    assert "1949-12-31" not in page
    assert "•002X" in page


def test_whoever_is_not_logged_in_is_led_there_and_back(app_of, log_in: LogIn, zhang: str) -> None:
    asked = app_of.get(f"/console/customers/{zhang}")
    assert asked.status_code == 303
    assert asked.headers["Location"] == f"/console/login?to=%2Fconsole%2Fcustomers%2F{zhang}"
    form = app_of.get(asked.headers["Location"]).text
    assert f'value="/console/customers/{zhang}"' in form


def test_a_wrong_password_says_no_more_than_that(app_of, log_in: LogIn) -> None:
    log_in("viewer")
    answers = [
        app_of.post("/console/login", data={"name": name, "password": "wrong and long"})
        for name in ("viewer", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert re.sub('value="[a-z]*"', "", answers[0].text) == re.sub('value="[a-z]*"', "", answers[1].text)


def test_logging_out_ends_the_session(log_in: LogIn) -> None:
    client = log_in("viewer")
    assert client.post("/console/logout").status_code == 403
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console/").text)
    assert token is not None
    assert client.post("/console/logout", data={"csrf_token": token[1]}).status_code == 303
    assert client.get("/console/").status_code == 303


def test_a_customer_out_of_scope_is_not_there(log_in: LogIn, bank: Bank, zhang: str) -> None:
    client = log_in("viewer", branch="000001")
    answer = client.get(f"/console/customers/{zhang}")
    nobody = client.get("/console/customers/999999999999")
    assert (answer.status_code, nobody.status_code) == (404, 404)
    assert answer.text.replace(zhang, "") == nobody.text.replace("999999999999", "")
    assert "张" not in answer.text


def test_a_merged_number_leads_to_its_customer(log_in: LogIn, bank: Bank, zhang: str) -> None:
    other = bank.one(bank.person("ebank", "E1", name="张三")).ecif_no
    bank.service.merge(zhang, other, actor="t", reason="t", now=bank.now)
    answer = log_in("viewer").get(f"/console/customers/{other}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/console/customers/{zhang}")


def test_faults_are_pages_without_values(log_in: LogIn) -> None:
    client = log_in("admin")
    assert client.get("/console/nowhere").status_code == 404
    wrong = client.get("/console/customers/%3Cscript%3E")
    assert wrong.status_code == 422
    assert "<script>" not in wrong.text
    assert client.get("/api/v1/nowhere").headers["content-type"] == "application/problem+json"


def test_style_and_script_are_served_from_here(app_of) -> None:
    page = app_of.get("/console/login").text
    for path in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page):
        assert app_of.get(path).status_code == 200
