"""How far numbers were given is known outside the database before any of them is used."""

import json
import multiprocessing
from pathlib import Path

import pytest

from ecif.store.reserve import Reserve, ReserveBroken


def _cover(path: Path, end: int) -> None:
    Reserve(path).cover("ecif", end)


def test_the_file_is_ahead_and_seldom_written(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "numbers.json")
    assert reserve.marks() == {}
    reserve.cover("ecif", 1_000)
    first = (tmp_path / "numbers.json").stat().st_ino
    reserve.cover("ecif", 1_100)
    assert (tmp_path / "numbers.json").stat().st_ino == first
    assert Reserve(tmp_path / "numbers.json").marks()["ecif"] > 1_100


def test_processes_take_turns_and_never_go_back(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=_cover, args=(path, end)) for end in (5_000_000, 10, 7_000_000, 20)]
    for each in others:
        each.start()
    for each in others:
        each.join(30)
        assert each.exitcode == 0
    assert Reserve(path).marks()["ecif"] > 7_000_000


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(json.dumps(["other"]))
    with pytest.raises(ReserveBroken, match=r"numbers\.json"):
        Reserve(path).cover("ecif", 10)
    assert json.loads(path.read_text()) == ["other"]
