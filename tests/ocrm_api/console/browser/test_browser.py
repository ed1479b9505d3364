"""A browser before the real hub with the bank's systems: clicking through, pictures, and who cannot see well.

One hub and one browser for all of it. Skipped where Chromium or playwright is not installed.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ocrm_api.console.browser.bank import Demo, Window, running
from tests.soak import soak_only

playwright = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright: pip install 'ecif-hub[browser]'"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium fonts-noto-cjk"),
    pytest.mark.timeout(900),
]
Opened = Callable[..., Window]

EVERY_PAGE = (
    "", "search?q=wang", "customers/{customer}", "customers/{customer}/then?at=2100-01-01T00:00",
    "customers/{customer}/correct", "customers/{customer}/correct?attribute=document:passport", "reviews",
    "reviews/{review}", "decisions", "merge?one={customer}&other={other}", "systems", "systems/core",
    "messages", "messages/{message}", "aside", "aside/{aside}", "trail", "trail/verification", "staff",
    "conf", "quality", "customers/{customer}/privacy", "account", "account/second-factor", "nowhere",
)  # fmt: skip
LOOKS = [("zh", "dark")]
ALL_LOOKS = [(language, scheme) for language in ("en", "zh") for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, customers=60) as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def logged_in() -> dict[str, Any]:
    """Role → cookies of a session: each logs in once, by its page, and comes back as it was."""
    return {}


@pytest.fixture
def opened(demo: Demo, browser: Any, logged_in: dict[str, Any]) -> Iterator[Opened]:
    """A window, watched: at the end nothing was fetched from elsewhere and nothing broke the policy."""
    windows: list[Window] = []

    def open_one(role: str = "", language: str = "en", scheme: str = "light", **options: Any) -> Window:
        locale = {"en": "en-GB", "zh": "zh-CN"}[language]
        size = {"width": 1400, "height": 950}
        state = logged_in.get(role)
        context = browser.new_context(
            locale=locale, color_scheme=scheme, viewport=size, storage_state=state, **options
        )
        window = Window(demo, context, context.new_page())
        window.watch()
        windows.append(window)
        if state:
            window.open("")
        elif role:
            logged_in[role] = window.log_in(role).context.storage_state()
        return window

    yield open_one
    for window in windows:
        window.context.close()
    assert [trouble for window in windows for trouble in window.troubles] == []


# ---------------------------------------------------------------- who may come in


def test_log_in_with_and_without_rights(opened: Opened) -> None:
    window = opened()
    window.open("systems")
    assert window.path() == "login?to=%2Fconsole%2Fsystems"
    window.picture("log-in")
    window.page.fill("#name", "viewer")
    window.page.fill("#password", "wrong and long enough")
    window.page.click("button.main")
    assert "do not go together" in window.text()
    window.page.fill("#password", window.demo.passwords["viewer"])
    window.page.click("button.main")
    assert "Not for you" in window.text()
    window.open("")
    rail = window.text(".rail")
    assert "Find customers" in rail
    assert "Audit trail" not in rail
    assert "Systems" not in rail
    window.page.click(".own details:last-of-type summary")
    window.page.click("text=Log out")
    window.open("")
    assert window.path().startswith("login")


# ---------------------------------------------------------------- finding and reading


def test_search_by_the_keyboard_alone(opened: Opened) -> None:
    window = opened("viewer")
    window.press("/")
    window.page.keyboard.type("w")
    window.press("Enter")
    window.page.wait_for_url("**/search?q=w")
    window.press("ArrowDown")
    window.press("ArrowDown")
    chosen = window.page.evaluate("document.activeElement.textContent")
    window.press("Enter")
    window.page.wait_for_url("**/customers/*")
    assert window.text("h1") == chosen


def test_a_customer_from_all_sides(opened: Opened) -> None:
    window = opened("steward")
    window.open(f"customers/{merged_customer(window)}")
    main = window.text()
    for part in (
        "Golden record",
        "In the systems",
        "Relations",
        "Holdings",
        "Timeline",
        "Messages",
        "Merged",
    ):
        assert part in main
    assert "••••" in main
    window.page.click(".golden details >> nth=0")
    assert window.page.locator(".golden .why >> nth=0").is_visible()
    window.page.click("text=Show clear values")
    window.page.fill("#clear-reason", "the customer is on the telephone")
    window.page.click(".button-menu button.main")
    window.page.wait_for_selector(".notice.warn")
    assert "example.com" in window.text()
    assert window.page.locator("td.what .masked").count() == 0
    window.page.emulate_media(media="print")
    window.page.locator(".rail").wait_for(state="hidden")


def test_a_list_is_taken_out_without_formulas_and_told_to_the_trail(opened: Opened) -> None:
    window = opened("steward")
    window.open("search?q=wang")
    with window.page.expect_download() as waiting:
        window.page.click("text=CSV")
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("Customer,ECIF number")
    assert len(text.splitlines()) > 1
    admin = opened("admin")
    admin.open("trail?actor=steward")
    assert "export: customers" in admin.text()


# ---------------------------------------------------------------- deciding


def test_a_question_is_answered_by_key_and_taken_apart_again(opened: Opened) -> None:
    window = opened("steward")
    window.open("reviews")
    window.page.click("text=Begin with the first")
    pass_over_those_for_two(window)
    one, other = window.page.locator(".beside thead a").all_inner_texts()
    assert window.page.locator(".beside tr.different").count() >= 1
    window.press("t")
    window.page.wait_for_selector("text=You work on it")
    window.press("m")
    window.page.wait_for_selector(".notice:has-text('Merged')")
    window.open(f"customers/{max(one, other)}")
    assert window.path().startswith(f"customers/{min(one, other)}")
    window.page.click("a:has-text('Split')")
    window.page.fill("#reason", "they are two, seen at the branch")
    window.press("Escape")
    window.press("s")
    window.page.wait_for_selector(".notice.good")
    assert window.path().startswith(f"customers/{max(one, other)}")
    assert window.text("h1") != ""


def test_a_correction_reaches_the_systems(opened: Opened) -> None:
    window = opened("steward")
    customer = merged_customer(window)
    window.open(f"customers/{customer}/correct?attribute=address:home")
    window.page.fill("#value", "上海市黄浦区样例路1号")
    window.page.fill("#second", "200001")
    window.page.fill("#reason", "letter of the customer")
    window.page.click("button.main")
    window.page.wait_for_selector(".notice.good")
    assert "Corrected" in window.text(".notice")
    told = ".timeline li:has-text('Corrected by staff')"
    assert "letter of the customer" in window.text(f"{told} >> nth=0")
    for _ in range(60):
        window.open(f"customers/{customer}")
        states = window.page.locator("section[aria-labelledby=systems] td .chip").all_inner_texts()
        if set(states) <= {"in step", "staff"}:
            break
        window.page.wait_for_timeout(500)
    else:
        raise AssertionError(states)
    pushes = window.page.locator("section[aria-labelledby=messages] tbody tr:has-text('push')")
    assert pushes.count() >= 1
    assert "confirmed" in pushes.first.inner_text()


def test_a_message_set_aside_is_taken_again(opened: Opened) -> None:
    window = opened("operator")
    window.open("aside")
    before = window.page.locator("tbody tr").count()
    assert before >= 1
    window.page.click("tbody tr:first-child a")
    assert "Byte by byte" in window.text()
    window.picture("set-aside")
    window.press("r")
    window.page.wait_for_selector(".notice.good")
    assert "Taken again" in window.text(".notice")
    assert "operator" in window.text("section[aria-labelledby=acts]")
    window.open("aside")
    assert window.page.locator("tbody tr").count() == before - 1


def test_it_works_without_script(opened: Opened) -> None:
    window = opened("steward", java_script_enabled=False)
    window.page.fill("#seek", "li")
    window.page.press("#seek", "Enter")
    window.page.click("tbody tr:first-child a")
    assert "Golden record" in window.text()
    window.open("reviews")
    window.page.click("tbody tr:first-child a")
    window.page.click("button:has-text('Later')")
    assert "Left for later" in window.text(".notice")


# ---------------------------------------------------------------- for everybody


@pytest.mark.slow
@soak_only
@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_every_page_is_accessible(opened: Opened, language: str, scheme: str) -> None:
    look_at_every_page(opened, language, scheme)


@pytest.mark.slow
@soak_only
@pytest.mark.parametrize(("language", "scheme"), [look for look in ALL_LOOKS if look not in LOOKS])
def test_every_page_is_accessible_in_every_look(opened: Opened, language: str, scheme: str) -> None:
    look_at_every_page(opened, language, scheme)


def look_at_every_page(opened: Opened, language: str, scheme: str) -> None:
    """axe-core finds no violation; a picture of each for people to look at."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    out = opened("", language, scheme)
    out.open("login")
    found = violations(axe, out, "login")
    window = opened("admin", language, scheme)
    names = some_of_each(window)
    window.open("quality")
    if not window.page.locator("section[aria-labelledby=by-system]").count():
        window.page.click(".doings form button")
        window.page.wait_for_selector("section[aria-labelledby=by-system]", timeout=120_000)
    for path in EVERY_PAGE:
        window.open(path.format(**names))
        window.page.evaluate(
            "document.querySelectorAll('details[data-on-paper]').forEach((one) => one.open = true)"
        )
        name = re.sub(r"[^a-z]+", "-", path.format(**dict.fromkeys(names, "one"))).strip("-") or "overview"
        window.picture(f"{language}-{scheme}-{name}")
        found += violations(axe, window, path)
    window.troubles[:] = [one for one in window.troubles if "nowhere" not in one]
    assert found == []


def violations(axe: Any, window: Window, path: str) -> list[str]:
    results = axe.run(window.page)
    return [
        f"{path or 'overview'}: {one['id']}: {node['html'][:160]}"
        for one in results.response["violations"]
        for node in one["nodes"]
    ]


def pass_over_those_for_two(window: Window) -> None:
    """From a question whose merge a second person must release (a document was seen: the demonstration draws
    whose) to one that is decided alone."""
    for _ in range(20):
        window.page.wait_for_selector(".beside thead a")
        if window.page.locator("text=One person may not decide this alone").count() == 0:
            return
        with window.page.expect_navigation():
            window.press("l")
    raise AssertionError("no question that one person may decide")


def some_of_each(window: Window) -> dict[str, str]:
    customer = merged_customer(window)
    return {
        "customer": customer,
        "other": last_of(window, "search?q=wang", customer),
        "review": last_of(window, "reviews"),
        "message": last_of(window, "messages"),
        "aside": last_of(window, "aside"),
    }


def merged_customer(window: Window) -> str:
    """The one that a steward merged on the demonstration's day."""
    window.open("search?q=100000000001")
    if window.page.locator("section[aria-labelledby=systems]").count() == 0:
        return last_of(window, "search?q=wang")
    role = window.text(".own")
    if "steward" in role or "admin" in role:
        window.open("decisions?state=taken")
        merges = window.page.locator(
            "tr:has-text('zhou.min'):has-text('Merge'), tr:has-text('zhou.min'):has-text('合并')"
        )
        window.page.goto(window.demo.url + str(merges.last.locator("a").first.get_attribute("href")))
    return window.path().partition("?")[0].rpartition("/")[2]


def last_of(window: Window, path: str, other_than: str = "") -> str:
    """The number at the end of the first line's link."""
    window.open(path)
    links = [str(one.get_attribute("href")) for one in window.page.locator("tbody tr a").all()]
    numbers = [link.rpartition("/")[2] for link in links if re.fullmatch(r"/console/[a-z]+/\d+", link)]
    return next(number for number in numbers if number != other_than)
