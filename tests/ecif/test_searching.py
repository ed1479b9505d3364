"""By what words a customer is found."""

import pytest

from ecif.model import Golden, Survivor
from ecif.searching import (
    any_ranges,
    document_ranges,
    keys_of,
    name_keys,
    name_ranges,
    spelling_ranges,
    whole_range,
)


def found(ranges, *keys):
    return [key for key in keys if any(one.holds(key) for one in ranges)]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张三丰", "n:张三丰"),
        ("张三丰", "s:三丰"),
        ("张三丰", "p:zhangsanfeng"),
        ("张三丰", "i:zsf"),
        ("单雄信", "p:shanxiongxin"),  # a surname's own reading
        ("单雄信", "p:danxiongxin"),
        ("华夏银行股份有限公司", "p:huaxiayinhanggufenyouxiangongsi"),  # 行 as it is read in this word
        ("华夏银行股份有限公司", "s:银行股份有限公司"),
        ("John A. Smith", "n:johnasmith"),
        ("John A. Smith", "s:smith"),
        ("John A. Smith", "i:jas"),
        ("ＡＢＣ公司", "n:abc公司"),
    ],
)
def test_keys_of_a_name(name, key):
    assert key in name_keys(name)


def test_a_name_of_nothing_has_no_keys():
    assert name_keys(" ·") == ()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("张三", "张三丰"),
        ("三丰", "张三丰"),
        ("zhangsan", "张三丰"),
        ("ZHANG San", "张三丰"),
        ("zsf", "张三丰"),
        ("zs", "张三丰"),
        ("银行", "华夏银行股份有限公司"),
        ("smith", "John A. Smith"),
    ],
)
def test_what_the_words_find(words, name):
    assert found(any_ranges(words), *name_keys(name))


@pytest.mark.parametrize(("words", "name"), [("李", "张三丰"), ("lisi", "张三丰"), ("sanfeng", "张三丰")])
def test_what_they_do_not_find(words, name):
    assert not found(any_ranges(words), *name_keys(name))


def test_the_very_name_scores_highest():
    whole, part = name_ranges("三丰")
    assert whole.score("n:三丰") == 1
    assert whole.score("n:三丰收") < 1
    assert part.score("s:三丰") == 0.5


def test_documents_in_any_form():
    keys = keys_of(
        Golden(
            {
                "document:resident_id": Survivor(("110105491231002", None), 5, "core", "C1", "only"),
                "document:uscc": Survivor(("91350100M000100Y43", None), 5, "core", "C1", "only"),
            }
        )
    )
    assert found(document_ranges("11010519491231002X"), *keys)
    assert found(document_ranges("M000100Y-4"), *keys)


def test_phones_in_any_form():
    keys = keys_of(Golden({"phone:home": Survivor("+86 139-1234-5678", 7, "core", "C1", "only")}))
    assert keys == {"t:13912345678": 7}
    assert found(whole_range("t", "0086 13912345678"), *keys)
    assert not found(whole_range("t", "1391234567"), *keys)


def test_nothing_is_asked_by_blanks():
    assert name_ranges("  ") == spelling_ranges("张") == whole_range("t", "-") == []
