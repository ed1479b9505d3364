"""Two sides attribute by attribute: the same however written, similar, different, or missing on one side."""

import pytest

from ecif.explaining import explain
from ecif.side_by_side import Side, alike, side_by_side
from tests.ecif.fakes import RESIDENT
from tests.ecif.test_survivorship import DIALECTS, RULES, says


def side(*records):
    return Side("1", 1, explain(records, {}, RULES, DIALECTS), tuple(record.key for record in records), 0)


def verdicts(left, right):
    return {row.attribute: row.verdict for row in side_by_side(side(*left), side(*right))}


@pytest.mark.parametrize(
    ("attribute", "a", "b", "same"),
    [
        ("name", "王 小明", "王小明", True),
        ("name", "ＷＡＮＧ", "wang", True),
        ("name", "王小明", "王晓明", False),
        ("phone:mobile", "+86 139-1234-5678", "13912345678", True),
        ("document:resident_id", (RESIDENT, None), (RESIDENT[:6] + RESIDENT[8:17], "20300101"), True),
        ("document:passport", ("E1", None), ("E2", None), False),
        ("address:home", ("试验路 1号", "100000"), ("试验路1号", None), True),
        ("risk", "R1", "R2", False),
    ],
)
def test_the_way_of_writing_is_no_difference(attribute, a, b, same):
    assert alike(attribute, a, b) is alike(attribute, b, a) is same


def test_a_cut_name_is_similar():
    long = "欧阳慕容端木上官司马诸葛轩辕令狐皇甫尉迟公孙长孙"
    assert verdicts([says("core", name=long)], [says("loan", name=long[:20])]) == {"name": "similar"}


def test_what_a_losing_record_says_counts_as_similar():
    left = [says("core", name="王小明"), says("loan", name="王晓明")]
    assert verdicts(left, [says("ebank", name="王晓明")]) == {"name": "similar"}


def test_what_one_side_lacks_is_missing():
    left, right = [says("core", name="a", risk="R1")], [says("loan", name="b", rating="A")]
    assert verdicts(left, right) == {"name": "different", "rating": "missing", "risk": "missing"}
