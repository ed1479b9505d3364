"""Documents, dates, placeholders and names as evidence; check digits compared with python-stdnum's."""

import random

import pytest
from stdnum.cn import ric, uscc

from ecif.identity import (
    FAULTS,
    canonical_document,
    compatible_names,
    day,
    expired,
    faults,
    full_resident_id,
    plain_phone,
    same_name,
    sound,
    valid_document,
)
from tests.ecif.fakes import RESIDENT

USCC = "91110105MA0TE5T40A"


# ------------------------------------------------------------------------------------ documents
@pytest.mark.parametrize(
    ("type", "number", "valid"),
    [
        ("resident_id", RESIDENT, True),
        ("resident_id", RESIDENT[:-1] + "8", False),
        ("resident_id", "650101198513153039", False),  # month 13
        ("resident_id", "11010519491231002x", True),  # lower case is the same number
        ("resident_id", RESIDENT[:17], False),
        ("resident_id", "650101850615303", True),
        ("resident_id", "650101851315303", False),
        ("resident_id", "²" * 15, False),
        ("resident_id", "9" * 18, False),
        ("resident_id", "1" * 18, False),
        ("uscc", USCC, True),
        ("uscc", USCC.lower(), True),
        ("uscc", USCC[:-1] + "B", False),
        ("uscc", "9" * 18, False),
        ("passport", "E12345678", True),
        ("passport", "999999999", False),
        ("other", "无", False),
        ("org_code", "MA0TE5T4-0", True),
        ("military_id", "", False),
    ],
)
def test_valid_documents(type, number, valid):
    assert valid_document(type, number) is valid


def test_check_digits_agree_with_stdnum():
    rng = random.Random(1)
    for _ in range(300):
        number = f"110101{rng.randrange(1930, 2015)}0{rng.randrange(1, 10)}{rng.randrange(10, 29)}"
        number += f"{rng.randrange(1000):03}{rng.choice('0123456789X')}"
        assert valid_document("resident_id", number) == ric.is_valid(number)
        code = "91110105MA0" + "".join(rng.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=7))
        assert valid_document("uscc", code) == uscc.is_valid(code)
        right = code[:17] + uscc.calc_check_digit(code[:17])
        assert valid_document("uscc", right)


def test_one_document_in_two_forms():
    short = RESIDENT[:6] + RESIDENT[8:17]
    assert canonical_document("resident_id", short) == canonical_document("resident_id", RESIDENT)
    assert full_resident_id(short) == RESIDENT
    assert canonical_document("org_code", "MA0TE5T4-0") == canonical_document("uscc", USCC)
    assert canonical_document("passport", " e12345678") == ("passport", "E12345678")
    assert canonical_document("passport", "Ｅ12345678") == ("passport", "E12345678")


def test_expiry_counts_from_the_day_after_in_beijing():
    midnight = 1_767_196_800_000_000  # 2026-01-01 00:00 in Beijing
    assert day(midnight) == "20260101"
    assert day(midnight - 1) == "20251231"
    assert expired(("E1", "20251231"), midnight)
    assert not expired(("E1", "20260101"), midnight)
    assert not expired(("E1", None), midnight)
    assert not expired("text", midnight)


# ------------------------------------------------------------------------------------ quality
@pytest.mark.parametrize(
    ("attribute", "value", "is_sound"),
    [
        ("born", "19850615", True),
        ("born", "19850231", False),
        ("born", "99999999", False),
        ("born", "19000101", False),
        ("born", "1985", False),
        ("phone:mobile", "13900000002", True),
        ("phone:mobile", "13800000000", False),
        ("phone:mobile", "+86 138-0000-0000", False),
        ("phone:mobile", "99999999999", False),
        ("phone:mobile", "13800138000", False),
        ("phone:home", "00000000", False),
        ("name", "张伟", True),
        ("name", "试验（北京）贸易有限公司", True),
        ("name", "测试", False),
        ("name", "TEST", False),
        ("name", "不详", False),
        ("name", "N/A", False),
        ("email", "无", False),
        ("email", "a@b.cn", True),
        ("address:home", ("无", None), False),
        ("address:home", ("北京市东城区", None), True),
        ("document:resident_id", (RESIDENT, None), True),
        ("document:resident_id", (RESIDENT, "99991231"), True),
        ("document:resident_id", (RESIDENT, "20230231"), False),
        ("document:passport", ("0000000", None), False),
        ("gender", "male", True),
        ("rating", "AAA", True),
    ],
)
def test_sound(attribute, value, is_sound):
    assert sound(attribute, value) is is_sound


@pytest.mark.parametrize(
    ("attribute", "value", "found"),
    [
        ("document:resident_id", ("11010519491231002X", "20301231"), ()),
        ("document:resident_id", ("110105194912310020", "20301331"), ("check_digit", "impossible_expiry")),
        ("document:resident_id", ("11010519491331002X", None), ("impossible_date",)),
        ("document:passport", ("000000000", None), ("placeholder",)),
        ("name", "123456", ("only_digits",)),
        ("name", "21世纪", ()),
        ("name", "测试", ("placeholder",)),
        ("address:home", ("00001234", None), ("only_digits",)),
        ("born", "20230229", ("impossible_date",)),
        ("born", "19000101", ("default_date",)),
        ("phone:mobile", "1391234", ()),
        ("phone:mobile", "12345", ("too_short",)),
        ("email", "li.example.com", ("no_address",)),
        ("risk", "R9", ()),
    ],
)
def test_faults(attribute, value, found):
    assert faults(attribute, value) == found
    assert set(found) <= set(FAULTS)


def test_phones_in_one_form():
    assert plain_phone("+86 139-0000-0002") == plain_phone("0086 13900000002") == "13900000002"
    assert plain_phone("010-66668888") == "01066668888"


# ------------------------------------------------------------------------------------ names
LONG = "北京试验国际经济技术合作与对外贸易股份有限公司"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("张伟", "张　伟"),
        ("ＺＨＡＮＧ Wei", "zhang wei"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("陶喆", "陶〓"),
        ("欧阳喆〓", "欧阳〓喆"),
        (LONG, LONG[:20]),
        ("试验（北京）公司", "试验(北京)公司"),
    ],
)
def test_one_name_written_twice(a, b):
    assert same_name(a, b)
    assert same_name(b, a)
    assert compatible_names(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("张伟", "张炜"),
        ("张伟", "张伟明"),  # short names are not cut
        ("陶喆", "〓〓"),
        ("陶喆", "王〓"),
        ("陶喆", "陶〓〓"),
        (LONG[:15], LONG),  # a head office and its branch
    ],
)
def test_two_names(a, b):
    assert not same_name(a, b)
    assert not compatible_names(a, b)
    assert not compatible_names(b, a)


@pytest.mark.parametrize(
    "latin",
    ["Zhang Wei", "WEI, ZHANG", "zhangwei", "Wei-Zhang"],
)
def test_latin_spellings_are_compatible_and_not_the_same(latin):
    assert compatible_names("张伟", latin)
    assert compatible_names(latin, "张伟")
    assert not same_name("张伟", latin)


def test_two_chinese_names_with_one_spelling_are_two():
    assert not compatible_names("张伟", "张薇")
    assert not compatible_names("张伟", "Zhang Wai")
