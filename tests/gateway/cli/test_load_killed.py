"""A first load that is killed (`kill -9`) in the middle and run again: nothing missing, nothing twice.

400 records, killed once; 20,000 and 20 times with ECIF_SOAK (`make soak`).
"""

import json
import os
import random
import subprocess
import sys
import time

import pytest
from sqlalchemy import create_engine

from tests import databases
from tests.gateway.cli.conftest import CONF
from tests.gateway.loading.files import body, rdw
from tests.soak import SOAK

BENCH = CONF.parent / "bench" / "conf"
RECORDS, KILLS, BATCH = (20_000, 20, 50) if SOAK else (400, 1, 4)


def start(folder, url, *arguments):
    command = [sys.executable, "-m", "gateway.cli.main", *arguments, "--conf", str(BENCH)]
    path = os.pathsep.join([str(CONF.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "ECIF_DATABASE_URL": url, "PYTHONPATH": path}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.parametrize("kind", databases.SHARED)
def test_killed_in_the_middle(ecif, monkeypatch, tmp_path, kind):
    url = databases.fresh(kind, tmp_path)
    monkeypatch.setenv("ECIF_DATABASE_URL", url)
    path = rdw(tmp_path / "core.rdw", [body(number) for number in range(RECORDS)])
    load = ("load", "core", str(path))
    conf = ("--conf", str(BENCH))
    moment, engine, before = random.Random(7), create_engine(url), 0

    def journalled():
        with engine.connect() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM message").scalar_one()

    for _ in range(KILLS):
        with start(tmp_path, url, *load, "--batch", str(BATCH)) as process:
            wanted = before + moment.randrange(1, RECORDS // (4 * KILLS))
            while journalled() < wanted and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        before = journalled()
    engine.dispose()
    assert 0 < before < RECORDS
    assert before % BATCH == 0  # batches are whole
    report = json.loads(ecif(*load, "--json", *conf).out)
    assert (report["repeated"], report["loaded"], report["refused"]) == (before, RECORDS - before, 0)
    verified = json.loads(ecif("verify", "--json", *conf).out)
    assert verified["problems"] == []
    assert (verified["source_records"], verified["messages"], verified["parties"]) == (RECORDS,) * 3
