"""A declared match model as Splink's settings: the same levels, weights, keys and rules.

Records go in normalised (`ecif.linkage`), one column an attribute, NULL for missing, and one column a
blocking key, computed by the same code; so Splink compares exactly what the stream compares. Levels that
every SQL knows are SQL, the others call the stream's own test as a function of the database. What Splink has
no word for is said in its own terms: a veto is a comparison whose one level outweighs everything, a tier
likewise.

Theory and names: Linacre et al., "Splink: Free software for probabilistic record linkage at scale" (2022).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rapidfuzz.distance import OSA

from ecif.linkage.comparing import MANY, Compared
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import Level, Tier, Veto
from ecif.linkage.levels import Groups, Test, Words, level_test

Function: TypeAlias = Callable[[str | None, str | None], bool]
Settings: TypeAlias = dict[str, Any]
VETO_BITS: Final = 900
TIER_BITS: Final = 300
"""More than all comparisons together, less than a double holds."""
ID: Final = "record"


def columns(model: CompiledModel) -> list[str]:
    """Of the table: the id, attributes, groups that a comparison looks at as one value, blocking keys."""
    groups = [column_of(one) for one in model.comparisons if len(one.places) > 1]
    attributes = [f"a{at}" for at in range(len(model.places))]
    return [ID, *attributes, *dict.fromkeys(groups), *(f"k{at}" for at in range(len(model.declared.block)))]


def settings(model: CompiledModel, dialect: str) -> tuple[Settings, Mapping[str, Function]]:
    """Splink's settings, and the functions that their SQL calls."""
    functions: dict[str, Function] = {}
    comparisons = [_comparison(at, one, functions) for at, one in enumerate(model.comparisons)]
    rules = [_veto(at, one, model, functions) for at, one in enumerate(model.declared.veto)]
    rules += [_tier(at, one, model, functions) for at, one in enumerate(model.declared.tier)]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": ID,
        "probability_two_random_records_match": model.declared.prior or 0.5,
        "blocking_rules_to_generate_predictions": [
            _blocking(at, model, dialect) for at in range(len(model.declared.block))
        ],
        "comparisons": comparisons + [one for one in rules if one],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": False,
    }, functions


def _blocking(at: int, model: CompiledModel, dialect: str) -> Settings:
    rule: Settings = {"blocking_rule": f"l.k{at} = r.k{at}", "sql_dialect": dialect}
    if model.spreads(at):
        rule["arrays_to_explode"] = [f"k{at}"]
    return rule


# ---------------------------------------------------------------- comparisons


def column_of(one: Compared) -> str:
    return f"a{one.places[0]}" if len(one.places) == 1 else "g" + "_".join(map(str, one.places))


def _comparison(at: int, one: Compared, functions: dict[str, Function]) -> Settings:
    column = column_of(one)
    x, y = f"{column}_l", f"{column}_r"
    nothing = f"{x} IS NULL OR {y} IS NULL{_derived(one)}"
    levels: list[Settings] = [
        {"sql_condition": nothing, "label_for_charts": "missing", "is_null_level": True}
    ]
    for position, level in enumerate(one.declared.level):
        found: Settings = {
            "sql_condition": _condition(at, position, one, level, functions),
            "label_for_charts": one.labels[position],
            "m_probability": level.m,
            "u_probability": level.u,
        }
        if position == one.rare and one.rarities.known:
            found |= {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 0.0}
        levels.append(found)
    otherwise = one.declared.otherwise
    levels.append(
        {
            "sql_condition": "ELSE",
            "label_for_charts": "else",
            "m_probability": otherwise.m,
            "u_probability": otherwise.u,
        }
    )
    return {"output_column_name": f"c{at}", "comparison_levels": levels}


def _derived(one: Compared) -> str:
    if one.derived is None:
        return ""
    of, unless = (f"a{at}" for at in one.derived)
    made = f"{of}_l <> {of}_r"
    return f" OR ({made} AND ({unless}_l IS NULL OR {unless}_r IS NULL))"


def _condition(at: int, position: int, one: Compared, level: Level, functions: dict[str, Function]) -> str:
    column = column_of(one)
    x, y = f"{column}_l", f"{column}_r"
    if level.swapped is not None:
        other = f"a{one.other_place(position)}"
        return f"{x} = {other}_r AND {y} = {other}_l"
    if not one.several:
        if level.exact:
            return f"{x} = {y}"
        size = level.prefix or (4 if level.year else 6 if level.year_month else 0)
        if size:
            return f"substr({x}, 1, {size}) = substr({y}, 1, {size}) AND length({x}) >= {size}"
    name = f"level_{at}_{position}"
    functions[name] = _AnyOf(level, one.words, one.groups)
    return f"{name}({x}, {y})"


class _AnyOf:
    """The stream's test; of several values any two. Made where it is first called: Spark's workers get the
    level as it is declared, for compiled functions do not travel."""

    def __init__(self, level: Level, known: Words, groups: Groups) -> None:
        self._level, self._words, self._groups = level, known, groups
        self._test: Test | None = None

    def __call__(self, x: str | None, y: str | None) -> bool:
        if not x or not y:
            return False
        if self._test is None:
            self._test = level_test(self._level, self._words, self._groups)
        return any(self._test(a, b) for a in x.split(MANY) for b in y.split(MANY))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_test": None}


# ---------------------------------------------------------------- rules above the score


def _veto(at: int, veto: Veto, model: CompiledModel, functions: dict[str, Function]) -> Settings | None:
    """One that spares a record alone is left to what comes after: `running.py`."""
    if veto.spares_alone:
        return None
    places = model.places
    parts = []
    for name in veto.differ:
        column = f"a{places[name]}"
        if veto.edits or model.declared.attribute[name].several:
            functions[f"apart_{at}_{places[name]}"] = _apart(veto.edits)
            parts.append(f"apart_{at}_{places[name]}({column}_l, {column}_r)")
        else:
            parts.append(f"coalesce({column}_l <> {column}_r, false)")
    parts += [_agree((name,), model, functions) for name in veto.same]
    condition = f"({' OR '.join(parts)})"
    for names in veto.exceptions:
        condition += f" AND NOT {_agree(names, model, functions)}"
    return _rule(f"veto{at}", condition, -VETO_BITS)


def _tier(at: int, tier: Tier, model: CompiledModel, functions: dict[str, Function]) -> Settings | None:
    if tier.then != "link":
        return None
    return _rule(f"tier{at}", _agree(tier.equal, model, functions), TIER_BITS)


def _agree(names: Sequence[str], model: CompiledModel, functions: dict[str, Function]) -> str:
    parts = []
    for name in names:
        column = f"a{model.places[name]}"
        if model.declared.attribute[name].several:
            functions["any_shared"] = _any_shared
            parts.append(f"any_shared({column}_l, {column}_r)")
        else:
            parts.append(f"coalesce({column}_l = {column}_r, false)")
    return f"({' AND '.join(parts)})"


def _any_shared(x: str | None, y: str | None) -> bool:
    return bool(x and y) and not set((x or "").split(MANY)).isdisjoint((y or "").split(MANY))


def _apart(edits: int) -> Function:
    def apart(x: str | None, y: str | None) -> bool:
        if not x or not y:
            return False
        pairs = ((a, b) for a in x.split(MANY) for b in y.split(MANY))
        return all(OSA.distance(a, b, score_cutoff=edits) > edits for a, b in pairs)

    return apart


def _rule(name: str, condition: str, bits: int) -> Settings:
    """A comparison that says nothing, or everything."""
    small = 2.0**-VETO_BITS if bits < 0 else 2.0**-TIER_BITS
    m, u = (small, 1.0) if bits < 0 else (1.0, small)
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": condition, "label_for_charts": name, "m_probability": m, "u_probability": u},
            {"sql_condition": "ELSE", "label_for_charts": "else", "m_probability": 1.0, "u_probability": 1.0},
        ],
    }
