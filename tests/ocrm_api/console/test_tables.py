"""What a table's query asks for, applied to its rows."""

from ocrm_api.console.tables import Asked, Column, show

COLUMNS = (Column("name"), Column("n", "number"), Column("mark", sorts=False))
ROWS = [
    {"name": "b", "n": 10, "mark": "x"},
    {"name": "a", "n": 9, "mark": "z"},
    {"name": "", "n": None, "mark": "y"},
    {"name": "C", "n": 2, "mark": "x"},
]


def names(asked: Asked, size: int = 50) -> list[str]:
    return [row["name"] for row in show(COLUMNS, ROWS, asked, size=size).rows]


def test_rows_come_as_they_are_unless_asked() -> None:
    assert names(Asked()) == ["b", "a", "", "C"]
    assert names(Asked(sort="nonsense")) == names(Asked(sort="mark")) == names(Asked())


def test_sorting_numbers_as_numbers_texts_without_case_and_the_empty_last() -> None:
    assert names(Asked(sort="n")) == ["C", "a", "b", ""]
    assert names(Asked(sort="name")) == ["a", "b", "C", ""]
    assert names(Asked(sort="-name"))[1:] == ["C", "b", "a"]


def test_filtering_in_any_column() -> None:
    assert names(Asked(find="X")) == ["b", "C"]
    assert show(COLUMNS, ROWS, Asked(find="nowhere")).found == 0


def test_a_page_that_is_not_there_is_the_last_one() -> None:
    shown = show(COLUMNS, ROWS, Asked(page=99), size=3)
    assert (shown.asked.page, shown.pages, len(shown.rows)) == (2, 2, 1)
    assert show(COLUMNS, [], Asked(page=-1)).asked.page == 1


def test_links_keep_what_else_the_page_asks() -> None:
    shown = show(COLUMNS, ROWS, Asked(sort="n", find="x", also={"system": "core", "state": ""}), size=1)
    assert shown.link_to_page(2) == "?system=core&sort=n&find=x&page=2"
    assert shown.link_to_sort("n") == "?system=core&sort=-n&find=x"
    assert shown.link_to_sort("name") == "?system=core&sort=name&find=x"
    assert (shown.sorted_by("n"), shown.sorted_by("name")) == ("ascending", "none")
    assert shown.link_to_export("csv").endswith("export=csv")
