"""A trained model back as TOML: the file as its author wrote it, comments included, with weights put in."""

from pathlib import Path
from typing import Any

import tomlkit

from ecif.linkage.declaration import MatchModel


def with_weights(source: Path, trained: MatchModel) -> str:
    """The text of `source` with the prior, and m and u of every level, of `trained`."""
    document = tomlkit.parse(source.read_text("utf-8"))
    if "prior" in document:
        document["prior"] = trained.prior
    for declared, one in zip(_list(document["comparison"]), trained.comparison, strict=True):
        for table, level in zip(_list(declared["level"]), one.level, strict=True):
            table.update({"m": level.m, "u": level.u})
        declared["otherwise"] = _inline(one.otherwise.m, one.otherwise.u)
    text = tomlkit.dumps(document)
    return text if "prior" in document else f"prior = {trained.prior!r}\n{text}"


def _list(item: Any) -> list[Any]:
    return list(item)


def _inline(m: float | None, u: float | None) -> Any:
    table = tomlkit.inline_table()
    table.update({"m": m, "u": u})
    return table
