"""Each normalising step on what it is for."""

import pytest

from ecif.linkage.declaration import MatchModel
from ecif.linkage.rows import row_reader


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
        (["credit_code"], "91110105MA0TE5T40A", "MA0TE5T40"),
        (["credit_code"], "MA0TE5T4-0", "MA0TE5T40"),
        (["credit_code"], "11010519491231002X", "11010519491231002X"),
        (["birth_date"], "110105491231002", "19491231"),
        (["sex"], "11010519491231002X", "F"),
        (["personal"], "ZHANG WEI", "ZHANG WEI"),
        (["personal"], "试验贸易公司", ""),
        (["look_alikes", "pinyin"], "扬未", "yangwei"),
        (["number"], "CNY 1,299.50", "1299.5"),
        (["codes"], "Sony DVP-SR200P player 2", "DVPSR200P"),
        (["year"], "(c) 1987 Test", "1987"),
        (["domain"], "https://www.example.com/x", "example.com"),
        (["no_brackets", "spaces"], "Title (Live) [x]", "Title"),
        (["whole"], "张〓", ""),
        (["personal"], "张伟", "张伟"),
        (["lower", "organization", "spaces"], "Test Trading Co. Ltd", "test trading"),
    ],
)
def test_steps(steps, text, expected):
    assert read(text, normalise=steps) == expected


def test_placeholders_mean_nothing():
    assert read("000-000", normalise=["digits"], placeholders=["000000"]) == ""


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ({"replace": {"st": "street"}}, "high st", "high street"),
        ({"replace": {"有限责任公司": "有限公司"}}, "试验有限责任公司", "试验有限公司"),
        ({"drop": ["the"]}, "the end of the road", "end of road"),
        ({"only": r"\d{4}"}, "1234", "1234"),
        ({"only": r"\d{4}"}, "12345", ""),
        ({"split": ";", "normalise": ["digits"]}, "1-2; 34 ;;12", "12\n34"),
    ],
)
def test_what_comes_after_the_steps(options, text, expected):
    assert read(text, **options) == expected


MODEL = {
    "id": "id",
    "comparison": [{"on": ["number"], "level": [{"exact": True}]}],
    "block": [{"on": ["number"]}],
}
DATED = {
    "number": {"normalise": ["resident_id", "checked"], "contradicted": [["told", "stated"]]},
    "told": {"column": "number", "normalise": ["birth_date"]},
    "stated": {"column": "born"},
    "born": {"otherwise": "told"},
}


def test_what_a_record_says_against_itself_is_missing():
    model = MatchModel.model_validate({**MODEL, "attribute": DATED})
    read_row, _ = row_reader(model, {name: at for at, name in enumerate(DATED)})
    number = "11010519491231002X"
    assert read_row({"number": number, "born": "19491231"}) == (number, "19491231", "19491231", "19491231")
    assert read_row({"number": number, "born": "19500101"})[0] == ""
    assert read_row({"number": number, "born": ""}) == (number, "19491231", "", "19491231")


def read(text, **options):
    model = MatchModel.model_validate({**MODEL, "attribute": {"number": options}})
    (found,) = row_reader(model, {"number": 0})[0]({"number": text})
    return found
