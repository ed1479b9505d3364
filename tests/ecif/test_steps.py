from ecif.steps import fullness


def test_fullness_counts_what_is_said():
    assert fullness("陶喆") > fullness("陶〓")
    assert fullness("ma") > fullness("other")
    assert fullness(("E1", "20300101")) > fullness(("E1", None))
    assert fullness(("abcdef", None)) > fullness(("abc", None))
