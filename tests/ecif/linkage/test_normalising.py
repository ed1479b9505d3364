"""Each normalising step on what it is for."""

import pytest

from ecif.linkage.normalising import normaliser


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        (["lower"], " Ann ", "ann"),
        (["width"], "ＡＢ１２", "AB12"),
        (["accents"], "Müller-Ångström", "Muller-Angstrom"),
        (["spaces"], " a  b\tc ", "a b c"),
        (["no_spaces"], "a b c", "abc"),
        (["punctuation"], "O'Neil, J.", "O Neil J"),
        (["letters"], "12 High St.", "HighSt"),
        (["digits"], "+86 139-0000", "861390000"),
        (["alphanumeric"], "A-12/b", "A12b"),
        (["no_leading_zeros"], "0042", "42"),
        (["date"], "1985-6-15", "19850615"),
        (["date"], "15/06/1985", "19850615"),
        (["date"], "19850615", "19850615"),
        (["date"], "1985年6月15日", "19850615"),
        (["pinyin"], "张伟", "zhangwei"),
        (["resident_id"], "110105491231002", "11010519491231002X"),
        (["mobile"], "+86 139 0000 0002", "13900000002"),
        (["organization"], "试验贸易有限公司", "试验贸易"),
        (["organization"], "试验贸易有限", "试验贸易"),
        (["checked"], "11010519491231002X", "11010519491231002X"),
        (["checked"], "110105194912310021", ""),
        (["checked"], "91110105MA0TE5T40A", "91110105MA0TE5T40A"),
        (["whole"], "张〓", ""),
        (["personal"], "张伟", "张伟"),
        (["personal"], "ZHANG WEI", ""),
        (["lower", "organization", "spaces"], "Test Trading Co. Ltd", "test trading"),
    ],
)
def test_steps(steps, text, expected):
    assert normaliser(tuple(steps))(text) == expected


def test_placeholders_mean_nothing():
    assert normaliser(("digits",), ("000000",))("000-000") == ""
