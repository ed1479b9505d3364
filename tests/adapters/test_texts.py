import pytest

from adapters.texts import plain_text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("abc", "abc"),
        ("买买提・吐", "买买提·吐"),
        ("a•b", "a·b"),
        ("―", "—"),
        ("·—", "·—"),
        ("李喆", "李喆"),
        ("", ""),
    ],
)
def test_pairs_of_one_code_are_one_character(text: str, read: str) -> None:
    assert plain_text(text) == read
