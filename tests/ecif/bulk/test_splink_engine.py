"""The same model on Splink weighs the same, level for level, and ends with the same parties."""

import importlib.util
import random
import shutil
import tomllib

import pytest

from ecif.bulk.on_duckdb import DuckDB
from ecif.bulk.on_spark import Spark
from ecif.bulk.splink_engine import linker, run
from ecif.linkage.compiled import CompiledModel
from ecif.linkage.declaration import MatchModel
from ecif.linkage.running import run as stream
from tests.ecif.linkage.test_lowered import MODEL, record
from tests.soak import soak_only

pytest.importorskip("splink", reason="the extra `splink` is not installed")

NO_SPARK = importlib.util.find_spec("pyspark") is None or shutil.which("java") is None


def duckdb():
    return DuckDB()


@pytest.fixture(
    params=[
        duckdb,
        pytest.param(
            Spark,
            marks=[
                pytest.mark.slow,
                soak_only,
                pytest.mark.timeout(900),
                pytest.mark.skipif(NO_SPARK, reason="needs the extra `spark` and Java"),
            ],
        ),
    ]
)
def backend(request):
    return request.param()


@pytest.fixture
def model():
    text = MODEL.replace("SCOPE", "pair") + '[[block]]\non = ["phones"]\nlargest = 40\n'
    return CompiledModel(MatchModel.model_validate(tomllib.loads(text)))


@pytest.fixture
def records(model):
    chance = random.Random(5)
    rows = [model.values(record(chance)) for _ in range(120)]
    model.learn(rows)
    return rows


def test_every_level_weighs_what_the_stream_says(backend, model, records):
    found = linker(model, records, backend).inference.predict(threshold_match_weight=-2000)
    pairs = found.as_record_list()
    assert len(pairs) > 200
    levels = set()
    for pair in pairs:
        a, b = records[pair["record_l"]], records[pair["record_r"]]
        prior, *told = model.explain(a, b)
        ours = [weight for _, _, weight in told]
        theirs = [pair[f"mw_c{at}"] + pair.get(f"mw_tf_adj_c{at}", 0.0) for at in range(len(told))]
        assert theirs == pytest.approx(ours)
        levels.update((comparison, level) for comparison, level, _ in told)
        rules = list(model.rules(a, b))
        if not rules:
            assert pair["match_weight"] == pytest.approx(prior[2] + sum(ours))
        elif any(rule.startswith("veto") for rule in rules):
            assert pair["match_weight"] < -500
        else:
            assert pair["match_weight"] > 250
    assert {"swapped last", "group nick", "cosine 0.7", "dice 0.6", "days 3", "else", "missing"} <= {
        level for _, level in levels
    }


def test_the_parties_are_those_of_the_stream(backend, model, records):
    def parties(engine):
        return {frozenset(party) for party in engine.parties()}

    ours, theirs = parties(stream(model, records)), parties(run(model, records, backend))
    assert len(ours & theirs) >= 0.9 * len(ours | theirs)
    assert any(len(party) > 1 for party in theirs)
