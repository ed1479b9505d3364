"""A load whose pairs Splink finds ends with the same parties as the stream's."""

import importlib.util
import json
import shutil
import sys

import pytest

from bench.load import bodies
from ecif.store import reports
from ecif.store.store import open_store
from tests.gateway.cli.conftest import CONF
from tests.gateway.loading.files import CODECS, body, rdw
from tests.soak import soak_only

NO_SPARK = importlib.util.find_spec("pyspark") is None or shutil.which("java") is None
RECORDS = 400
"""Every fifth of a customer who was there before; a third of those say neither document nor mobile: no rule
ties them, only the score does."""


UNDOCUMENTED = {"CUST-ID-TYPE": "", "CUST-ID-NO": "", "CUST-ID-EXPIRY": ""}
NAMED = {
    "CUST-NAME": "司马相宜",
    "CUST-SEX": "",
    "CUST-ADDRESS": "",
    "CUST-MOBILE": "",
    "CUST-BIRTH-OR-FOUNDED": "",
}
HOME = {"CUST-ADDRESS": "湖北省武汉市武昌区假想路1号22栋1572室", "CUST-BIRTH-OR-FOUNDED": "19800105"}
MOBILE = {"CUST-MOBILE": "13800001234"}
TIED = [HOME, MOBILE, HOME | MOBILE]
"""Of one name: two who have nothing else in common, and who is like both. Are those two one?"""


@pytest.fixture(scope="module")
def people():
    tied = [body(RECORDS + at, **UNDOCUMENTED | NAMED | said) for at, said in enumerate(TIED)]
    return [*map(without_mobile, bodies(CODECS["core"], RECORDS - len(tied))), *tied]


def without_mobile(body):
    """Where no document is said either."""
    type, fields = CODECS["core"].parse(body)
    return body if fields["CUST-ID-NO"] else CODECS["core"].build(type, {**fields, "CUST-MOBILE": ""})


@pytest.fixture
def load(ecif, monkeypatch, tmp_path):
    """`load(database, *arguments)`: the report, and which records are one customer then."""

    def loaded(database, *arguments, conf=CONF):
        monkeypatch.setenv("ECIF_DATABASE_URL", f"sqlite:///{tmp_path / database}.db")
        assert ecif("db", "upgrade", "--conf", str(conf)).code == 0
        ran = ecif("load", "core", *map(str, arguments), "--json", "--conf", str(conf))
        verified = ecif("verify", "--json", "--conf", str(conf))
        assert (ran.code, json.loads(verified.out)["problems"]) == (0, []), ran.text
        return json.loads(ran.out), parties(f"sqlite:///{tmp_path / database}.db")

    return loaded


def parties(url):
    store = open_store(url)
    try:
        with store.reading() as connection:
            return {
                frozenset(one.record.customer_no for one in records)
                for _, records in reports.all_clusters(connection)
            }
    finally:
        store.close()


@pytest.fixture(
    params=[
        pytest.param("duckdb", marks=pytest.mark.skipif(
            importlib.util.find_spec("splink") is None, reason="the extra `splink` is not installed"
        )),
        pytest.param("spark", marks=[
            pytest.mark.slow, soak_only, pytest.mark.timeout(900),
            pytest.mark.skipif(NO_SPARK, reason="needs the extra `spark` and Java"),
        ]),
    ]
)  # fmt: skip
def engine(request):
    return request.param


def test_the_same_customers_whoever_finds_the_pairs(load, engine, people, tmp_path):
    path = rdw(tmp_path / "people", people)
    told, streamed = load("stream", path)
    report, found = load(engine, path, "--engine", engine, "--batch", "150")
    assert (report["engine"], report["loaded"]) == (engine, RECORDS)
    assert RECORDS * 0.8 <= len(found) < RECORDS * 0.82
    assert found == streamed
    assert report["reviews"] == told["reviews"] == 1


def test_those_who_are_there_already_are_found(load, engine, people, tmp_path):
    half = len(people) // 2
    first, second = rdw(tmp_path / "first", people[:half]), rdw(tmp_path / "second", people[half:])
    _, streamed = load("stream", first, second)
    load(engine, first)
    report, found = load(engine, second, "--engine", engine)
    assert report["loaded"] == RECORDS - half
    assert found == streamed
    report, found = load(engine, first, second, "--engine", engine)
    assert (report["loaded"], report["repeated"]) == (0, RECORDS)
    assert found == streamed


def test_without_a_match_model_there_is_nothing_to_find_by(ecif, people, tmp_path):
    conf = shutil.copytree(CONF, tmp_path / "conf")
    rules = conf / "matching.toml"
    rules.write_text(rules.read_text("utf-8").partition("[score]")[0], "utf-8")
    path = rdw(tmp_path / "people", people[:3])
    ran = ecif("load", "core", str(path), "--engine", "duckdb", "--conf", str(conf))
    assert (ran.code, ran.out) == (2, b"")
    assert "conf/matching.toml has no [score]" in ran.text


def test_an_engine_that_is_not_installed_is_named(ecif, monkeypatch, people, tmp_path):
    monkeypatch.setitem(sys.modules, "duckdb", None)  # as where it is missing
    path = rdw(tmp_path / "people", people[:3])
    ran = ecif("load", "core", str(path), "--engine", "duckdb", "--conf", str(CONF))
    assert (ran.code, ran.out) == (2, b"")
    assert "pip install 'ecif-hub[splink]'" in " ".join(ran.text.split())
