"""One hub on an SQLite file."""

import pytest

from ecif.store.errors import StoreLocked
from ecif.store.sole import sole


def test_a_second_hub_is_told(tmp_path):
    url = f"sqlite:///{tmp_path}/hub.db"
    with sole(url), pytest.raises(StoreLocked, match="another hub works on this SQLite file"):
        sole(url, wait_seconds=0.1).__enter__()
    with sole(url):
        pass


def test_other_databases_may_have_several():
    url = "postgresql+psycopg://nowhere/hub"
    with sole(url), sole(url):
        pass
