import pytest

from ecif.pinyin import spellings


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("单雄", "shanxiong"),  # as a surname shan, else dan
        ("曾国", "zengguo"),
        ("吕布", "lubu"),
        ("吕布", "lvbu"),
        ("吕布", "lyubu"),
        ("欧阳锋", "ouyangfeng"),
        ("欧阳锋", "fengouyang"),
        ("张伟", "weizhang"),
    ],
)
def test_readings(name, spelling):
    assert spelling in spellings(name)


def test_no_person_no_spelling():
    assert spellings("张") == frozenset()
    assert spellings("试验贸易有限公司") == frozenset()
    assert spellings("陶〓") == frozenset()
