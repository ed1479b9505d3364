"""What a system does with a push: a blank leaves, the clear mark empties, an entry replaces its like."""

from pathlib import Path

import pytest

from gateway.config.reader import read_conf
from gateway.peers.forms import Form
from gateway.peers.opening import open_form
from gateway.peers.page import Page

CONF = Path(__file__).parents[3] / "conf"
PERSON = {
    "kind": "person",
    "name": "王喆",
    "born": "19900307",
    "gender": "female",
    "phone:mobile": "13912345678",
    "email": "x@example.com",
    "document:resident_id": ("110101199003074426", "20301231"),
    "address:home": ("北京市东城区试验路1号", "100010"),
}


@pytest.fixture(scope="module")
def forms() -> dict[str, Form]:
    conf = read_conf(CONF, {})
    return {system: open_form(conf, system) for system in conf.systems}


def entered(form: Form) -> Page:
    page = Page()
    form.enter(page, PERSON)
    return page


def test_each_system_writes_what_it_can_in_its_own_fields(forms: dict[str, Form]) -> None:
    core, loan, ebank = (entered(forms[name]).values for name in ("core", "loan", "ebank"))
    assert (core["CUST-NAME"], loan["NAME"], ebank["name"]) == ("王〓", "王喆", "王喆")
    assert (core["CUST-SEX"], loan["SEX"], ebank["gender"]) == ("F", "2", 2)
    assert (core["CUST-ID-TYPE"], core["CUST-ID-EXPIRY"]) == ("01", "20301231")
    assert "EMAIL" in loan
    assert not any("MAIL" in name for name in core)


def test_keyed_lists_are_kept_by_key(forms: dict[str, Form]) -> None:
    page = entered(forms["ebank"])
    assert page.entries["documents"][1] == {"type": 1, "number": "110101199003074426", "expiry": "20301231"}
    assert forms["ebank"].image(page, Page())["phones"] == [{"use": 1, "number": "13912345678"}]


def test_a_cleared_value_is_marked_once(forms: dict[str, Form]) -> None:
    form, page = forms["loan"], entered(forms["loan"])
    marks = form.enter(page, {"email": None, "born": None, "address:home": None})
    image = form.image(page, marks)
    assert (image["EMAIL"], image["BORN_OR_FOUNDED"]) == ("*", "99999999")
    assert (image["ADDR_USE"], image["ADDRESS"]) == ("01", "*")
    assert "EMAIL" not in form.image(page, Page())
    assert form.enter(page, {"email": None}).values == {}


def test_a_blank_leaves_and_a_clear_mark_empties(forms: dict[str, Form]) -> None:
    form, page = forms["core"], entered(forms["core"])
    form.apply(
        page, {"CUST-NAME": "", "CUST-MOBILE": "*", "CUST-BIRTH-OR-FOUNDED": "99999999", "CUST-SEX": "M"}
    )
    assert page.values["CUST-NAME"] == "王〓"
    assert page.values["CUST-SEX"] == "M"
    assert "CUST-MOBILE" not in page.values
    assert "CUST-BIRTH-OR-FOUNDED" not in page.values


@pytest.mark.parametrize(
    ("pushed", "held"),
    [
        (
            {"CUST-ID-TYPE": "01", "CUST-ID-NO": "110101199003074426"},
            ("01", "110101199003074426", "20301231"),
        ),
        ({"CUST-ID-TYPE": "02", "CUST-ID-NO": "E00000017"}, ("02", "E00000017", "")),
        (
            {"CUST-ID-TYPE": "01", "CUST-ID-NO": "110101199003074426", "CUST-ID-EXPIRY": "99999999"},
            ("01", "110101199003074426", ""),
        ),
        ({"CUST-ID-TYPE": "01", "CUST-ID-NO": "*"}, ("", "", "")),
        ({"CUST-ID-TYPE": "", "CUST-ID-NO": ""}, ("01", "110101199003074426", "20301231")),
    ],
)
def test_a_single_slot_is_replaced_as_a_whole(
    forms: dict[str, Form], pushed: dict[str, str], held: tuple[str, str, str]
) -> None:
    page = entered(forms["core"])
    forms["core"].apply(page, pushed)
    names = ("CUST-ID-TYPE", "CUST-ID-NO", "CUST-ID-EXPIRY")
    assert tuple(page.values.get(name, "") for name in names) == held


def test_a_list_entry_replaces_the_one_with_its_key_only(forms: dict[str, Form]) -> None:
    form, page = forms["ebank"], entered(forms["ebank"])
    form.apply(
        page, {"documents": [{"type": 2, "number": "E00000017"}], "phones": [{"use": 1, "number": "*"}]}
    )
    assert set(page.entries["documents"]) == {1, 2}
    assert page.entries["phones"] == {}


def test_differences_name_the_fields_only(forms: dict[str, Form]) -> None:
    form, page = forms["ebank"], entered(forms["ebank"])
    fields = ["name", "born", "documents", "phones"]
    same = form.image(page, Page())
    assert form.differences(page, same, fields) == []
    other = same | {"name": "李四", "phones": []}
    assert form.differences(page, other, fields) == ["name", "phones"]


def test_books_survive_json(forms: dict[str, Form]) -> None:
    """The demonstration gets them from another process."""
    form, page = forms["ebank"], entered(forms["ebank"])
    there = Page(page.values, {"documents": {"1": page.entries["documents"][1]}}, {})
    assert form.differences(there, form.image(page, Page()), ["documents"]) == []
