from collections.abc import Callable, Mapping

import pytest

from adapters.codes import BLANK, declared, faults, standard
from adapters.declaration.sections import SystemSections

MARITAL = {"single": ["10"], "married": ["20", "21"], "divorced": ["40", "4?"], "unknown": ["90"]}


def test_every_listed_code_is_read_and_the_first_is_written() -> None:
    table = declared("marital", MARITAL)
    assert [table.read(own) for own in ("20", "21")] == ["married", "married"]
    assert table.write("married") == "20"


def test_a_code_that_means_unknown_counts_as_blank() -> None:
    assert declared("marital", MARITAL).read("90") == BLANK


def test_a_code_that_is_not_listed_is_not_in_the_table() -> None:
    table = declared("marital", MARITAL)
    assert table.read("99") is None
    assert table.read("4x") is None
    assert table.read(20) is None


def test_a_question_mark_is_any_digit_and_yields_to_an_exact_code() -> None:
    table = declared("t", {"one": ["10", "1?"], "special": ["15"]})
    assert [table.read(f"1{digit}") for digit in (0, 4, 5, 9)] == ["one", "one", "special", "one"]


def test_a_standard_code_without_its_own_is_written_as_other() -> None:
    table = declared("document", {"passport": ["P"], "other": ["Z"]})
    assert table.write("military_id") == "Z"
    assert table.written("military_id") == "other"
    assert table.exact("military_id") is None


def test_without_an_other_it_cannot_be_written() -> None:
    table = declared("risk", {"R1": [1]})
    assert table.write("R5") is None
    assert table.written("R5") is None


def test_codes_may_be_bytes() -> None:
    table = declared("gender", {"unknown": [0], "male": [1]})
    assert (table.read(0), table.read(1), table.read("1"), table.write("male")) == (BLANK, "male", None, 1)


def test_an_undeclared_table_is_written_as_the_standard_says() -> None:
    table = standard("iso4217", ["CNY", "USD"])
    assert (table.read("CNY"), table.read("ZZZ"), table.written("USD")) == ("CNY", None, "USD")


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ({"mael": ["M"]}, "no standard code"),
        ({"male": []}, "lists no code"),
        ({"male": ["1?"]}, "cannot be a pattern"),
        ({"male": ["1"], "female": ["1"]}, "listed under"),
    ],
)
def test_a_table_that_cannot_work_is_told(table: Mapping[str, list[str | int]], rule: str) -> None:
    [(key, said)] = faults("gender", table, ["male", "female"])
    assert key.startswith("gender.")
    assert rule in said


@pytest.mark.parametrize("system", ["core", "loan", "ebank"])
def test_shipped_tables_have_no_faults(
    system: str, sections: Callable[[str], SystemSections], codes: Mapping[str, tuple[str, ...]]
) -> None:
    for name, table in sections(system).codes.items():
        assert faults(name, table, codes.get(name)) == []


def test_the_standard_lists_are_whole(codes: Mapping[str, tuple[str, ...]]) -> None:
    assert len(codes["iso3166"]) == 249
    assert {"CNY", "USD", "EUR", "JPY", "HKD", "XCG", "ZWG"} <= set(codes["iso4217"])
    for name in ("iso3166", "iso4217"):
        assert all(len(code) == 3 and code.isascii() and code.isupper() for code in codes[name])
        assert list(codes[name]) == sorted(set(codes[name]))
