"""A system takes a push once, in the order of versions, also under a number it has given up."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config.reader import read_conf
from gateway.peers.books import Books
from gateway.peers.forms import Form
from gateway.peers.opening import open_form
from gateway.peers.population import Step

CONF = Path(__file__).parents[3] / "conf"
NUMBER = "0000000001"


@pytest.fixture(scope="module")
def form() -> Form:
    return open_form(read_conf(CONF, {}), "loan")


@pytest.fixture
def books(form: Form) -> Books:
    books = Books(form)
    books.image(Step("image", NUMBER, 0, {"kind": "person", "name": "张伟", "phone:mobile": "13911112222"}))
    return books


def mobile(books: Books, number: str = NUMBER) -> Any:
    return books.records[number].page.values.get("MOBILE", "")


def push(mobile: str, number: str = NUMBER) -> dict[str, Any]:
    return {"CUST_NO": number, "MOBILE": mobile}


def test_an_image_says_all_and_its_seq_rises(books: Books) -> None:
    image = books.image(Step("image", NUMBER, 0, {"email": "a@example.com"}, accounts=1, related="王芳"))
    assert (image["SEQ"], image["MOBILE"], image["EMAIL"]) == (2, "13911112222", "a@example.com")
    assert image["LOAN"][0]["STATUS"] == "1"
    assert image["RELATION"][0]["NAME"] == "王芳"


def test_a_push_is_applied_and_confirmed(books: Books) -> None:
    taken = books.take_push("P1", "100000000001", 3, push("13933334444"))
    assert (taken.code, taken.version, mobile(books)) == ("0000", 3, "13933334444")


def test_the_same_push_again_is_not_applied_twice(books: Books) -> None:
    books.take_push("P1", "100000000001", 3, push("13933334444"))
    books.image(Step("image", NUMBER, 0, {"phone:mobile": "13955556666"}))
    taken = books.take_push("P1", "100000000001", 3, push("13933334444"))
    assert (taken.code, taken.new, mobile(books)) == ("0000", False, "13955556666")


def test_an_older_version_is_not_applied_and_answered_with_the_newest(books: Books) -> None:
    books.take_push("P2", "100000000001", 5, push("13933334444"))
    taken = books.take_push("P1", "100000000001", 4, push("13900000000"))
    assert (taken.code, taken.version, mobile(books)) == ("0003", 5, "13933334444")


def test_the_same_version_under_a_new_id_is_applied(books: Books) -> None:
    books.take_push("P1", "100000000001", 5, push("13933334444"))
    taken = books.take_push("P2", "100000000001", 5, push("13900000001"))
    assert (taken.code, mobile(books)) == ("0000", "13900000001")


def test_a_push_to_a_number_that_was_replaced_reaches_the_record(books: Books) -> None:
    assert books.renumber(NUMBER, "0000000099") == 2
    assert books.take_push("P1", "100000000001", 3, push("13933334444")).code == "0000"
    assert mobile(books, "0000000099") == "13933334444"


def test_nobody_is_known_by_a_strange_number(books: Books) -> None:
    assert books.take_push("P1", "100000000001", 3, push("13933334444", "0000000777")).code == "2001"
