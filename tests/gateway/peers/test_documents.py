from datetime import date

import pytest

from gateway.peers.documents import credit_code, mistyped, organization_code, resident_id


@pytest.mark.parametrize(
    ("region", "born", "order", "number"),
    [
        ("110101", date(1990, 3, 7), 442, "110101199003074426"),
        ("650101", date(1985, 6, 15), 303, "650101198506153039"),
    ],
)
def test_resident_ids_of_the_sheets_examples(region: str, born: date, order: int, number: str) -> None:
    assert resident_id(region, born, order) == number


def test_credit_code_of_the_sheets_examples() -> None:
    assert credit_code("110105", "MA0TE5T4") == "91110105MA0TE5T40A"
    assert organization_code("MA0TE5T4") == "MA0TE5T40"


def test_a_mistyped_number_differs_in_its_check_digit_only() -> None:
    assert mistyped("110101199003074426") == "110101199003074421"
    assert mistyped("11010119900307442X")[:-1] == "11010119900307442"
    assert mistyped("110101199003074421")[-1] != "1"
