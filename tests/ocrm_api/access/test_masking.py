"""What stays of a masked value."""

import pytest

from ecif.model import FAMILIES, MARKS, SINGLE, Value
from ocrm_api.access.masking import FIELDS, field_of, masked_value


@pytest.mark.parametrize(
    ("attribute", "value", "shown"),
    [
        ("document:resident_id", ("11010519491231002X", "20300101"), ("**************002X", "20300101")),
        ("document", ("passport", "E12345678", None), ("passport", "*****5678", None)),
        ("document:other", ("1234", None), ("****", None)),
        ("document:other", (None, "20300101"), (None, "20300101")),
        ("verified:resident_id", "11010519491231002X", "**************002X"),
        ("phone:mobile", "13912345678", "139****5678"),
        ("phone:home", "88888", "*8888"),
        ("address:home", ("黑龙江省哈尔滨市道里区中央大街一号", "150010"), ("黑龙江省哈尔****", "15****")),
        ("address", ("home", "黑龙江省哈尔滨市道里区", None), ("home", "黑龙江省哈尔****", None)),
        ("address:work", ("某路", None), ("****", None)),
        ("email", "ouyang@example.com", "o****@example.com"),
        ("email", "noat", "n****"),
        ("born", "19491231", "1949****"),
        ("annual_income", "120000.00", "****"),
        ("holding", "6222000000000111", "************0111"),
        ("name", "张三", "张三"),
        ("branch", "2301", "2301"),
    ],
)
def test_masked(attribute: str, value: Value, shown: Value) -> None:
    assert masked_value(attribute, value) == shown


def test_every_attribute_was_thought_of() -> None:
    """A new one is masked or named here."""
    open_ones = {
        "kind", "status", "name", "gender", "marital", "education", "industry", "rating", "risk",
        "nationality", "occupation", "branch", "manager",
    }  # fmt: skip
    known = {*SINGLE, *FAMILIES, *MARKS}
    assert {name for name in known if field_of(name) is None} == open_ones
    assert all(masked_value(name, "abcdefghijklmnop") != "abcdefghijklmnop" for name in FIELDS)
