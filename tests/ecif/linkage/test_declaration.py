"""Match models as declared: what is wrong is said with its place."""

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from ecif.linkage.declaration import (
    KEY_FUNCTIONS,
    LEVEL_KINDS,
    NORMALISERS,
    Level,
    MatchModel,
    ModelError,
    read_model,
)
from ecif.linkage.keys import _SHAPES, _SPREAD
from ecif.linkage.levels import _TESTS
from ecif.linkage.normalising import STEPS
from ecif.linkage.trained_file import with_weights
from tests.ecif.linkage.people import MODEL

SHIPPED = sorted((Path(__file__).parents[3] / "conf" / "models").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_models_can_be_read(path):
    assert read_model(path).comparison


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('on = ["town"]', 'on = ["city"]', "no attribute city"),
        ("edit = 1", "edits = 1", "edits"),
        ("jaro_winkler = 0.85", "jaro_winkler = 1.85", "less than or equal to 1"),
        ('on = ["born", "town"]', 'on = ["decade(born)"]', "no key function"),
        ('normalise = ["date"]', 'normalise = ["dates"]', "normalise"),
        ("{ year = true }", "{ year = true, edit = 2 }", "exactly one way"),
        ('id = "id"', "", "id: Field required"),
    ],
)
def test_faults_name_their_place(tmp_path, old, new, said):
    assert old in MODEL
    (tmp_path / "m.toml").write_text(MODEL.replace(old, new))
    with pytest.raises(ModelError, match=said) as raised:
        read_model(tmp_path / "m.toml")
    assert "m.toml" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("edit = 1", "edits = 1"),
        ('normalise = ["date"]', 'normalise = ["dates"]'),
    ],
)
def test_faults_name_their_line(tmp_path, old, new):
    (tmp_path / "m.toml").write_text(text := MODEL.replace(old, new, 1))
    with pytest.raises(ModelError) as raised:
        read_model(tmp_path / "m.toml")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if new in one)
    assert f"m.toml:{line}: " in str(raised.value)


def test_a_trained_file_keeps_what_its_author_wrote(tmp_path):
    source = tmp_path / "m.toml"
    source.write_text("# ours\n" + MODEL)
    declared = read_model(source)
    trained = declared.model_copy(
        update={"prior": 0.01, "comparison": tuple(_weighed(one) for one in declared.comparison)}
    )
    text = with_weights(source, trained)
    assert "# ours" in text
    assert MatchModel.model_validate(tomllib.loads(text)) == trained


def _weighed(one):
    weights = {"m": 0.25, "u": 0.125}
    levels = tuple(level.model_copy(update=weights) for level in one.level)
    return one.model_copy(update={"level": levels, "otherwise": one.otherwise.model_copy(update=weights)})


def test_every_word_of_a_model_has_its_function():
    assert set(get_args(NORMALISERS)) == set(STEPS)
    assert {*LEVEL_KINDS} == {*_TESTS, "swapped", "cosine", "group"}
    assert {*LEVEL_KINDS} <= Level.model_fields.keys()
    assert {*KEY_FUNCTIONS} == {*_SHAPES, *_SPREAD, "first", "last"}
