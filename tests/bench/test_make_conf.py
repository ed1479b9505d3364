"""`bench/conf` is the shipped conf but for its raised limits."""

from pathlib import Path

from bench.make_conf import RAISED, make, played, raised

ROOT = Path(__file__).resolve().parents[2]
CONF, BENCH = ROOT / "conf", ROOT / "bench" / "conf"


def files(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


def test_it_is_current():
    shipped = {name: text for name, text in files(CONF).items() if played(name)}
    assert files(BENCH) == {**shipped, **{name: raised(name, shipped[name]) for name in RAISED}}


def test_it_is_made_again(tmp_path):
    make(CONF, tmp_path)
    make(CONF, tmp_path)
    assert files(tmp_path) == files(BENCH)
