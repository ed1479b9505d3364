"""Every page for everybody: who may see it sees it, whole and in both languages; who may not is told so."""

import re
from dataclasses import replace
from datetime import datetime

import pytest

from ecif.model import Relation
from gateway.lending import ConfBank
from ocrm_api.access.conf import DEFAULT_ROLES, RoleConf, StaffConf
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import ZHANG_ID, Bank
from tests.ocrm_api.console.conftest import LogIn, TestClient
from tests.ocrm_api.staffing import bearer

PAGES = {
    "/console/": "account.own",
    "/console/account": "account.own",
    "/console/account/second-factor": "account.own",
    "/console/search": "parties.search",
    "/console/systems": "operations.read",
    "/console/systems/core": "operations.read",
    "/console/messages": "journal.read",
    "/console/messages/1": "messages.read",
    "/console/aside": "operations.read",
    "/console/quality": "quality.read",
    "/console/conf": "conf.read",
    "/console/customers/{zhang}": "parties.read",
    "/console/customers/{zhang}/then?at=2030-01-01T00:00": "parties.history",
    "/console/customers/{zhang}/privacy": "privacy.read",
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
    assert client.post("/console/logout", data={"csrf_token": csrf(client)}).status_code == 303
    assert client.get("/console/").status_code == 303


def test_a_customer_out_of_scope_is_not_there(log_in: LogIn, bank: Bank, zhang: str) -> None:
    client = log_in("viewer", branch="000001")
    answer = client.get(f"/console/customers/{zhang}")
    nobody = client.get("/console/customers/999999999999")
    assert (answer.status_code, nobody.status_code) == (404, 404)
    assert answer.text.replace(zhang, "") == nobody.text.replace("999999999999", "")
    assert "张" not in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_company_shows_its_owners_and_a_person_the_household(
    log_in: LogIn, bank: Bank, language: str
) -> None:
    home = {"phone__mobile": "13900000001", "address__home": ("北京市东城区试验路2号", None)}
    one = bank.one(bank.person("core", "C8", name="赵六", born="19800101", **home)).ecif_no
    two = bank.one(bank.person("core", "C9", name="孙七", born="19820101", **home)).ecif_no
    said = {"document__business_licence": ("B1", None)}
    kin = (Relation("shareholder", "周八", ("passport", "E12345678"), "60"),)
    top = bank.one(
        bank.image("ebank", "B1", kind="organization", name="甲公司", relations=kin, **said)
    ).ecif_no
    client = log_in("admin")
    client.cookies.set("ecif_language", language)
    company = client.get(f"/console/customers/{top}").text
    assert "周八" in company
    assert "60.00 %" in company
    assert "E12345678" not in company
    person = client.get(f"/console/customers/{one}").text
    assert f'href="/console/customers/{two}">孙七' in person
    assert "139****0001" in person
    for page in (company, person):
        assert "customer." not in re.sub(r"<[^>]*>", "", page)
        assert not INLINE.search(page)


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


def test_a_fault_of_ours_is_a_page_that_says_nothing(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("张三 110105")

    client = log_in("admin")
    monkeypatch.setattr("ocrm_api.console.systems.system_states", fail)
    answer = client.get("/console/systems")
    assert answer.status_code == 500
    assert "<h1>A fault of ours</h1>" in answer.text
    assert "张三" not in answer.text


def test_out_of_scope_a_message_is_not_there(log_in: LogIn, zhang: str) -> None:
    client = log_in("admin", branch="000001")
    assert client.get("/console/messages/1").status_code == 404
    assert zhang not in client.get("/console/messages").text
    assert zhang not in client.get("/console/").text
    assert "from 1 records" not in client.get("/console/").text


def test_accounts_are_made_and_closed(log_in: LogIn) -> None:
    client = log_in("admin")
    token = csrf(client)
    made = client.post("/console/staff", data={"csrf_token": token, "name": "li", "role": "viewer"})
    assert made.headers["Location"] == "/console/staff?done=added"
    assert client.post("/console/staff/li/disable", data={"csrf_token": token}).status_code == 303
    assert client.post("/console/staff", data={"name": "wu", "role": "viewer"}).status_code == 403


def test_nobody_gives_more_rights_than_he_has(settings: Settings, lent: ConfBank) -> None:
    clerk = RoleConf(permissions=("account.own", "staff.read", "staff.change"))
    conf = StaffConf(role={**DEFAULT_ROLES, "clerk": clerk})
    headers = bearer(settings.database_url, "clerk", conf=conf)
    with TestClient(create_app(replace(settings, staff=conf), lent), headers=headers) as client:
        more = client.post("/console/staff", data={"name": "li", "role": "admin"}, follow_redirects=False)
        same = client.post("/console/staff", data={"name": "li", "role": "clerk"}, follow_redirects=False)
        bearer(settings.database_url, "admin", conf=conf)
        closed = client.post("/console/staff/admin/disable", follow_redirects=False)
    assert (more.status_code, same.status_code, closed.status_code) == (403, 303, 403)


def test_a_list_is_taken_out_by_right_only(log_in: LogIn) -> None:
    client = log_in("viewer")
    assert client.get("/console/search?q=zhang&export=csv").status_code == 403


def test_a_search_as_of_another_day(log_in: LogIn, bank: Bank, zhang: str) -> None:
    client = log_in("viewer")
    found = [
        "张三" in client.get(f"/console/search?q={ZHANG_ID}&as_of={day}T00:00").text
        for day in ("1999-01-01", "2100-01-01")
    ]
    assert found == [False, True]
    assert client.get(f"/console/search?q={ZHANG_ID}&as_of=soon").status_code == 422


TABLES = {
    "messages?system=core&since=2000-01-01T00:00": "journal.read", "aside": "operations.read",
    "reviews?state=open": "parties.export", "decisions": "parties.export", "trail": "trail.read",
}  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "steward", "operator", "admin"])
def test_tables_are_taken_out_by_right(log_in: LogIn, bank: Bank, zhang: str, role: str) -> None:
    """Whose role has no rows to take out takes none, whatever it may read."""
    other = bank.one(bank.person("loan", "L1", name="欧阳若曦", document=("resident_id", ZHANG_ID, None)))
    assert other.ecif_no != zhang
    client = log_in(role)
    for table, permission in TABLES.items():
        answer = client.get(f"/console/{table}{'&' if '?' in table else '?'}export=csv")
        may = allowed(role, permission) and DEFAULT_ROLES[role].export_rows > 0
        assert answer.status_code == (200 if may else 403), table
        if may and table.startswith(("messages", "reviews")):
            when = answer.text.splitlines()[1].partition(",")[0]
            assert datetime.fromisoformat(when).tzinfo, when
    assert client.get("/console/messages?since=nonsense").status_code == (
        422 if allowed(role, "journal.read") else 403
    )


def csrf(client: TestClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console/").text)
    assert found is not None
    return found[1]
