"""The replay takes what the hub would take, and its pushes are answered. How fast is no matter of a test."""

from bench import store_process
from bench.population import records
from gateway.config.reader import read_conf
from tests.bench.test_make_conf import BENCH


def test_every_message_is_taken_and_every_push_answered(tmp_path):
    conf = read_conf(BENCH, {"ECIF_DATABASE_URL": f"sqlite:///{tmp_path}/ecif.db"})
    figures = store_process.run(conf, customers=30, size=10, images=2)
    assert figures["messages"] == 2 * sum(1 for _ in records(30))
    assert figures["pushes"] > 0
