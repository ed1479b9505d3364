"""The score of two records as straight-line Python, written from the model and compiled once.

Interpreting a model (`Compared.weight` for each comparison) costs several calls a comparison; most pairs that
share a blocking key differ, and are left after two or three comparisons. The generated function has the
vetoes, the link tiers and the comparisons in a row, and leaves as soon as the floor is out of reach. A test
holds it equal to the interpreted model on random records.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rapidfuzz.distance import OSA, JaroWinkler

from ecif.linkage.comparing import MANY, Compared, Values
from ecif.linkage.declaration import Level, MatchModel, Tier, Veto

Scorer: TypeAlias = Callable[[Values, Values, float], float]
NEVER: Final = float("-inf")
"""The score of a veto."""
UNLIKE: Final = -100.0
"""The score of a veto that is about the pair alone; nothing that is no veto scores so low."""
SPARED: Final = -101.0
"""The same, of a veto that spares a record alone."""
MOSTLY: Final = -102.0
"""The score of a veto that holds for the parties where most pairs are so."""
LEAST: Final = -99.0


def scorer(
    declared: MatchModel,
    places: Mapping[str, int],
    comparisons: Sequence[Compared],
    prior: float,
    *,
    alone: bool = False,
) -> tuple[Scorer, str]:
    """`score(a, b, floor)` and its source text. `alone`: for a record that found no party."""
    known: dict[str, Any] = {"NEVER": NEVER, "OSA": OSA.distance, "JW": JaroWinkler.similarity}
    lines = ["def score(a, b, floor):"]
    for veto in declared.veto:
        if alone and veto.spares_alone:
            continue
        lines += _veto(veto, places, declared)
    for tier in declared.tier:
        if tier.then == "link":
            lines += [f"    if {_all_equal(tier.equal, places, declared)}: return -NEVER"]
    lines += [f"    t = {prior!r}"]
    order = sorted(range(len(comparisons)), key=lambda i: comparisons[i].most - comparisons[i].least)
    order.reverse()
    rest = sum(one.most for one in comparisons)
    for number in order:
        rest -= comparisons[number].most
        lines += _step(number, comparisons[number], places, known)
        if number != order[-1]:
            lines += [f"    if t + {rest!r} < floor: return {_late(declared, places, f't + {rest!r}')}"]
    lines += [f"    t = {_late(declared, places, 't')}", f"    return t if t > {LEAST!r} else {LEAST!r}"]
    source = "\n".join(lines)
    exec(compile(source, "<match model>", "exec"), known)
    score: Scorer = known["score"]
    return score, source


def _late(declared: MatchModel, places: Mapping[str, int], total: str) -> str:
    """The review tiers stand above a low score."""
    review: list[Tier] = [tier for tier in declared.tier if tier.then == "review"]
    if not review:
        return total
    agree = " or ".join(f"({_all_equal(tier.equal, places, declared)})" for tier in review)
    least = declared.thresholds.review
    return f"({least!r} if {total} < {least!r} and ({agree}) else {total})"


def _veto(veto: Veto, places: Mapping[str, int], declared: MatchModel) -> list[str]:
    score = _score_of(veto)
    spared = " or ".join(f"({_all_equal(names, places, declared)})" for names in veto.exceptions)
    unless = f" and not ({spared})" if spared else ""
    lines = []
    for name in veto.differ:
        at = places[name]
        far = f" and OSA(x, y, score_cutoff={veto.edits}) > {veto.edits}" if veto.edits else ""
        several = declared.attribute[name].several
        apart = f"not ({_shared('x', 'y')})" if several else f"x != y{far}"
        lines += [
            f"    x = a[{at}]; y = b[{at}]",
            f"    if x and y and {apart}{unless}: return {score}",
        ]
    for name in veto.same:
        lines += [f"    if {_equal(name, places, declared)}{unless}: return {score}"]
    return lines


def _score_of(veto: Veto) -> str:
    if veto.scope == "party":
        return "NEVER"
    if veto.scope == "most":
        return repr(MOSTLY)
    return repr(SPARED if veto.spares_alone else UNLIKE)


def _all_equal(names: Sequence[str], places: Mapping[str, int], declared: MatchModel) -> str:
    return " and ".join(_equal(name, places, declared) for name in names)


def _equal(name: str, places: Mapping[str, int], declared: MatchModel) -> str:
    """Both have it, and it is the same; of several values one."""
    at = places[name]
    if declared.attribute[name].several:
        return f"(a[{at}] and b[{at}] and {_shared(f'a[{at}]', f'b[{at}]')})"
    return f"(a[{at}] and a[{at}] == b[{at}])"


def _shared(x: str, y: str) -> str:
    return f"not set({x}.split({MANY!r})).isdisjoint({y}.split({MANY!r}))"


# ---------------------------------------------------------------- comparisons


def _step(number: int, one: Compared, places: Mapping[str, int], known: dict[str, Any]) -> list[str]:
    lines = [f"    x = {_value(one, 'a')}; y = {_value(one, 'b')}"]
    if one.several:
        known[f"best{number}"] = one.best
        return [*lines, f"    if x and y: t += best{number}(a, b, x, y)[1]"]
    lines += [f"    if x and y{_not_derived(one)}:"]
    word = "if"
    for position, level in enumerate(one.declared.level):
        test = _test(level, f"test{number}_{position}", one.tests[position], places, known)
        weight = repr(one.weights[position])
        if position == one.rare and one.rarities.known:
            known[f"rarity{number}"] = one.rarities
            weight = f"rarity{number}[x]"
        lines += [f"        {word} {test}: t += {weight}"]
        word = "elif"
    return [*lines, f"        else: t += {one.weights[-1]!r}"]


def _not_derived(one: Compared) -> str:
    if one.derived is None:
        return ""
    of, unless = one.derived
    return f" and not (a[{of}] and b[{of}] and a[{of}] != b[{of}] and not (a[{unless}] and b[{unless}]))"


def _value(one: Compared, record: str) -> str:
    if len(one.places) == 1:
        return f"{record}[{one.places[0]}]"
    parts = ", ".join(f"{record}[{at}]" for at in one.places)
    return f"' '.join(filter(None, ({parts})))"


def _test(level: Level, name: str, test: Any, places: Mapping[str, int], known: dict[str, Any]) -> str:
    """The commonest kinds in place, the others by a call."""
    if level.exact:
        return "x == y"
    if level.swapped is not None:
        other = places[level.swapped]
        return f"x == b[{other}] and y == a[{other}]"
    if level.edit is not None:
        return f"OSA(x, y, score_cutoff={level.edit}) <= {level.edit}"
    if level.jaro_winkler is not None:
        return f"JW(x, y, score_cutoff={level.jaro_winkler!r}) >= {level.jaro_winkler!r}"
    size = level.prefix or (4 if level.year else 6 if level.year_month else 0)
    if size:
        return f"x[:{size}] == y[:{size}] and len(x) >= {size}"
    known[name] = test
    return f"{name}(a, b, x, y)"
