"""Writes `bench/conf`: the shipped conf with raised limits, for more connections than a sheet allows.

It has the systems that the intake benchmark plays, and no other. Only the lines in `RAISED` differ; every
other file is a link to the shipped one. Run `python -m bench.make_conf` after a change of `conf/`; a test
holds the two together.
"""

import os
from pathlib import Path

RAISED = {
    "systems/core/system.toml": ("connections = 4\n", "connections = 2000\n"),
    "systems/loan/system.toml": ("connections = 64\n", "connections = 2000\n"),
    "systems/ebank/system.toml": ("connections = 16\n", "connections = 2000\n"),
}


def raised(name: str, text: str) -> str:
    """The shipped file's text as bench/conf has it. AssertionError where conf says something else."""
    usual, more = RAISED[name]
    assert text.count(usual) == 1, f"{name} no longer has exactly one line {usual!r}"
    return text.replace(usual, more).replace("#:schema ../../../", "#:schema ../../../../")


def played(name: str) -> bool:
    """Whether the benchmark has that file's system."""
    top, _, rest = name.partition("/")
    return top != "systems" or f"systems/{rest.partition('/')[0]}/system.toml" in RAISED


def make(shipped: Path, target: Path) -> None:
    for source in sorted(path for path in shipped.rglob("*") if path.is_file()):
        name = source.relative_to(shipped).as_posix()
        if not played(name):
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if name in RAISED:
            path.write_text(raised(name, source.read_text("utf-8")), "utf-8")
        else:
            path.symlink_to(os.path.relpath(source, path.parent))


if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parent.parent
    make(ROOT / "conf", ROOT / "bench" / "conf")
