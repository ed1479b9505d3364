import re

import pytest
from pydantic import ValidationError

from adapters.declaration import NewId
from adapters.ids import id_maker


@pytest.mark.parametrize("length", [12, 16, 20, 33])
def test_an_id_has_its_length_and_is_upper_case_letters_and_digits(length: int) -> None:
    make = id_maker(NewId(length=length))
    assert re.fullmatch(rf"H[A-Z0-9]{{{length - 1}}}", make())


def test_a_uuid_is_hex() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", id_maker(NewId(uuid=True))())


@pytest.mark.parametrize("declared", [NewId(length=16), NewId(uuid=True)])
def test_no_id_comes_twice(declared: NewId) -> None:
    make = id_maker(declared)
    assert len({make() for _ in range(2000)}) == 2000


@pytest.mark.parametrize("declared", [{}, {"length": 16, "uuid": True}, {"length": 4}])
def test_an_id_is_made_in_one_way(declared: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewId.model_validate(declared)
