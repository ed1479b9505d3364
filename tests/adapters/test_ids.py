import re

import pytest
from pydantic import ValidationError

from adapters.declaration.envelope import NewId
from adapters.ids import id_maker

NOW = 1_767_576_602_000_000
BEIJING = 8 * 3600


@pytest.mark.parametrize("length", [12, 16, 20, 33])
def test_an_id_has_its_length_and_is_upper_case_letters_and_digits(length: int) -> None:
    make = id_maker(NewId(length=length))
    assert re.fullmatch(rf"H[A-Z0-9]{{{length - 1}}}", make(NOW))


def test_a_uuid_is_hex() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", id_maker(NewId(uuid=True))(NOW))


@pytest.mark.parametrize("declared", [NewId(length=16), NewId(uuid=True)])
def test_no_id_comes_twice(declared: NewId) -> None:
    make = id_maker(declared)
    assert len({make(NOW) for _ in range(2000)}) == 2000


@pytest.mark.parametrize("declared", [{}, {"length": 16, "uuid": True}, {"length": 4}])
def test_an_id_is_made_in_one_way(declared: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewId.model_validate(declared)


def test_count_and_time_follow_the_random_part() -> None:
    make = id_maker(NewId(length=12, prefix="HUB", count=6, time="MMDDhhmmss"), BEIJING)
    first, second = make(NOW), make(NOW)
    assert re.fullmatch(r"HUB[A-Z0-9]{9}[0-9]{6}0105093002", first)
    assert int(second[12:18]) == (int(first[12:18]) + 1) % 10**6
    assert first[:12] != second[:12]


def test_a_uuid_has_no_room_for_more() -> None:
    with pytest.raises(ValidationError):
        NewId(uuid=True, count=6)
