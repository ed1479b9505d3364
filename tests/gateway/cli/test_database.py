"""`ecif db` on a database with customers."""

import json

import pytest

from tests import databases
from tests.gateway.cli.test_load import BENCH, BODIES
from tests.gateway.loading.files import framed


@pytest.fixture(params=databases.SHARED)
def loaded(request, ecif, monkeypatch, tmp_path):
    """`ecif` with customers, on each database that several may use."""
    monkeypatch.setenv("ECIF_DATABASE_URL", databases.fresh(request.param, tmp_path))

    def run(*arguments):
        return ecif(*arguments, "--json", "--conf", str(BENCH))

    run("load", "core", str(framed(tmp_path / "core.bin", BODIES)))
    yield run
    assert json.loads(run("verify").out)["problems"] == []


def test_reindex_says_how_many_it_changed(loaded):
    ran = loaded("db", "reindex")
    assert (ran.code, json.loads(ran.out)) == (0, {"parties": 12, "changed": 0})
    assert "12 parties, 0 of them" in ran.text
