from hypothesis import given
from hypothesis import strategies as st

from ecif.model import Survivor
from ecif.steps import STEPS, Choice, Rule, fullness, step_between


def test_fullness_counts_what_is_said():
    assert fullness("陶喆") > fullness("陶〓")
    assert fullness("ma") > fullness("other")
    assert fullness(("E1", "20300101")) > fullness(("E1", None))
    assert fullness(("abcdef", None)) > fullness(("abc", None))


SAID = st.dictionaries(
    st.tuples(st.sampled_from(["core", "loan", "ebank"]), st.sampled_from("12")),
    st.tuples(st.sampled_from(["a", "ab", "b", "无"]), st.integers(0, 3)),
    min_size=2,
)


@given(SAID, st.lists(st.sampled_from(STEPS), unique=True), st.integers(0, 2))
def test_the_winner_is_the_first_of_the_ranking(said, steps, half_life):
    """The short cut for the hot path against the plain definition."""
    ordered = [(value, since, *origin) for origin, (value, since) in sorted(said.items())]
    rule = Rule(tuple(steps), {"core": 0, "ebank": 1}, 1, half_life)
    choice = Choice({}, 3)
    survivor = choice.survivor("name", ordered, rule)
    if len({one[0] for one in ordered}) == 1:
        assert survivor.rule == "agreed"
        return
    (best, winner), *rest = choice.ranked("name", ordered, rule)
    order = next(order for order, one in rest if one[0] != winner[0])
    assert survivor == Survivor(*winner, step_between(rule, best, order))
