"""Splink as its own tutorial sets it up: the ready-made comparisons for each kind of field, blocking rules of
one or two fields, weights by its own training. Nobody has looked at what it gets wrong: it is the baseline.

It gets the same normalised values as the matcher (attributes of the same model).
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel

THRESHOLDS: Final = (0.5, 0.9, 0.95, 0.99)


class Plan(NamedTuple):
    names: tuple[str, ...] = ()
    """Jaro–Winkler at 0.92, 0.88, 0.7; term frequencies."""
    numbers: tuple[str, ...] = ()
    """Edit distance 1 and 2."""
    codes: tuple[str, ...] = ()
    """The same or not."""
    blocks: tuple[tuple[str, ...], ...] = ()
    trained_on: tuple[tuple[str, ...], ...] = ()


CHINESE: Final = Plan(
    names=("core", "address"),
    numbers=("number", "born", "mobile"),
    codes=("kind", "gender", "email", "passport"),
    blocks=(("number",), ("passport",), ("mobile",), ("email",), ("core", "born"), ("address",)),
    trained_on=(("number",), ("core", "born"), ("mobile",)),
)
FEBRL: Final = Plan(
    names=("given_name", "surname", "address_1", "suburb"),
    numbers=("date_of_birth", "soc_sec_id", "postcode"),
    codes=("state", "street_number"),
    blocks=(("soc_sec_id",), ("date_of_birth",), ("given_name", "surname"), ("surname", "postcode")),
    trained_on=(("date_of_birth",), ("given_name", "surname"), ("soc_sec_id",)),
)


def resolve(plan: Plan, model: CompiledModel, records: Sequence[Values]) -> Mapping[float, list[list[int]]]:
    """Threshold → parties."""
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI()
    linker = Linker(api.register(_table(plan, model, records)), _settings(plan), log_level=logging.ERROR)
    _train(linker, plan)
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    return {at: _clusters(linker, pairs, at) for at in THRESHOLDS}


def _table(plan: Plan, model: CompiledModel, records: Sequence[Values]) -> Any:
    import pyarrow

    columns: dict[str, list[Any]] = {"unique_id": list(range(len(records)))}
    for name in (*plan.names, *plan.numbers, *plan.codes):
        place = model.places[name]
        columns[name] = [values[place] or None for values in records]
    return pyarrow.table(columns)


def _settings(plan: Plan) -> Any:
    from splink import SettingsCreator, block_on
    from splink import comparison_library as library

    names = [
        library.JaroWinklerAtThresholds(name, [0.92, 0.88, 0.7]).configure(term_frequency_adjustments=True)
        for name in plan.names
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            *names,
            *(library.LevenshteinAtThresholds(name, [1, 2]) for name in plan.numbers),
            *(library.ExactMatch(name) for name in plan.codes),
        ],
        blocking_rules_to_generate_predictions=[block_on(*fields) for fields in plan.blocks],
    )


def _train(linker: Any, plan: Plan) -> None:
    from splink import block_on

    training = linker.training
    rules = [block_on(*fields) for fields in plan.trained_on]
    training.estimate_probability_two_random_records_match(rules, recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in rules:
        training.estimate_parameters_using_expectation_maximisation(rule)


def _clusters(linker: Any, pairs: Any, threshold: float) -> list[list[int]]:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=threshold
    )
    parties: dict[Any, list[int]] = {}
    for row in found.as_record_list():
        parties.setdefault(row["cluster_id"], []).append(row["unique_id"])
    return list(parties.values())
