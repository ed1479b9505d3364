"""Two lengths of one test: short in `make test`, long in `make soak`, which sets ECIF_SOAK."""

import os
from typing import Final

import pytest

SOAK: Final = bool(os.environ.get("ECIF_SOAK"))
soak_only: Final = pytest.mark.skipif(not SOAK, reason="the long form runs in `make soak`")


def examples(many: int) -> int:
    """How many of them hypothesis tries: an eighth in `make test`."""
    return many if SOAK else max(many // 8, 1)
