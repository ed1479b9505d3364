"""`ecif load` as scripts use it, on every database."""

import json
import re
from pathlib import Path

import pytest

from bench.population import core
from tests import databases
from tests.gateway.cli.conftest import CONF
from tests.gateway.loading.files import ID, SENT, body, ebank_body, fixed, framed, rdw, table

BENCH = CONF.parent / "bench" / "conf"
"""Half the systems, half the time to start."""
BODIES = [body(number) for number in range(12)]


@pytest.fixture(params=databases.SHARED)
def hub(request, ecif, monkeypatch, tmp_path):
    """`ecif` with a database, the reports parsed."""
    monkeypatch.setenv("ECIF_DATABASE_URL", databases.fresh(request.param, tmp_path))

    def load(*arguments):
        ran = ecif("load", *map(str, arguments), "--json", "--conf", str(BENCH))
        return ran, json.loads(ran.out)

    load.ecif = lambda *arguments: ecif(*arguments, "--conf", str(BENCH))
    yield load
    verified = load.ecif("verify", "--json")
    assert json.loads(verified.out)["problems"] == []


def parties(hub):
    return json.loads(hub.ecif("verify", "--json").out)["parties"]


def test_frames_once_however_often(hub, tmp_path):
    path = framed(tmp_path / "core.bin", BODIES)
    ran, report = hub("core", path, "--batch", "5")
    assert (ran.code, report["records"], report["loaded"], report["repeated"]) == (0, 12, 12, 0)
    assert report["records_per_second"] > 0
    ran, report = hub("core", path)
    assert (ran.code, report["loaded"], report["repeated"]) == (0, 0, 12)
    assert "12 there already" in ran.text
    assert parties(hub) == 12


def test_the_same_records_in_every_form_are_the_same(hub, tmp_path):
    header = ["CUST-NO", "CUST-SEQ", "CUST-KIND", "CUST-NAME", "CUST-ID-TYPE", "CUST-ID-NO"]
    people = [core(number, 1) for number in range(3)]
    bare = [body(number, without=(ID, SENT)) for number in range(3)]
    forms = [
        rdw(tmp_path / "a", bare), fixed(tmp_path / "b", bare, 4569), rdw(tmp_path / "c", BODIES[:3]),
        table(tmp_path / "d.csv", header, [[one[name] for name in header] for one in people]),
    ]  # fmt: skip
    reports = [hub("core", path)[1] for path in forms]
    assert [(one["loaded"], one["repeated"], one["stale"]) for one in reports] == [
        (3, 0, 0), (0, 3, 0), (0, 0, 3), (0, 0, 3),
    ]  # fmt: skip
    assert parties(hub) == 3


def test_several_files_and_systems_find_their_customers(hub, tmp_path):
    first, second = framed(tmp_path / "1", BODIES[:6]), framed(tmp_path / "2", BODIES[4:])
    ran, report = hub("core", first, second)
    assert (ran.code, report["files"], report["loaded"], report["repeated"]) == (0, 2, 12, 2)
    ran, report = hub("ebank", framed(tmp_path / "3", [ebank_body(n) for n in range(12)], "ebank"))
    assert (ran.code, report["loaded"]) == (0, 12)
    assert parties(hub) == 12


def test_bad_records_are_set_aside(hub, tmp_path):
    bad = body(3, **{"CUST-SEX": "?", "CUST-NO": "SECRET"})
    path = framed(tmp_path / "core.bin", [*BODIES[:2], bad, BODIES[5][:-1], *BODIES[6:]])
    for loaded in (8, 0):  # told again, but in the journal once
        ran, report = hub("core", path, "--aside", tmp_path / "bad.jsonl")
        assert (ran.code, report["records"], report["loaded"], report["refused"]) == (1, 10, loaded, 2)
        assert report["refused_by_code"] == {"1001": 1, "1003": 1}
        lines = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text("utf-8").splitlines()]
        size = len(BODIES[0]) + 4
        assert [(line["file"], line["unit"], line["at"]) for line in lines] == [
            (str(path), "byte", 2 * size), (str(path), "byte", 3 * size),
        ]  # fmt: skip
        assert [line["text"].split("@")[0] for line in lines] == ["CUST-SEX", "ACCT(1).ACCT-STATUS"]
        assert "SECRET" not in str(lines) + ran.text
    refused = hub.ecif("trace", "--state", "refused", "--json").lines
    assert len(refused) == 2


def test_a_broken_file_keeps_what_came_before(hub, tmp_path):
    path = tmp_path / "core.bin"
    path.write_bytes(framed(path, BODIES[:4]).read_bytes()[:-9])
    ran, report = hub("core", path)
    assert (ran.code, report["loaded"], report["refused"]) == (1, 3, 0)
    at = 3 * (len(BODIES[0]) + 4)
    assert report["broken_files"] == [f"{path} at byte {at}: ends early: a frame without its end"]
    assert "The rest cannot be read" in ran.text


def test_rows_with_faults(hub, tmp_path):
    header = ["CUST-NO", "CUST-KIND", "CUST-NAME"]
    rows = [["1", "P", "张三"], ["2", "X", "李四"], ["3", "P"], ["4", "P", ""], ["5", "P", "王五"]]
    ran, report = hub("core", table(tmp_path / "a.csv", header, rows), "--aside", tmp_path / "bad")
    assert (ran.code, report["loaded"], report["refused"]) == (1, 2, 3)
    lines = [json.loads(line) for line in (tmp_path / "bad").read_text("utf-8").splitlines()]
    assert [(line["at"], line["unit"], line["code"]) for line in lines] == [
        (3, "line", "1003"), (4, "line", "1001"), (5, "line", "1006"),
    ]  # fmt: skip


def plain(text):
    """Without the frame that usage errors stand in, which breaks long paths anywhere."""
    return re.sub(r"[\s│]", "", text)


def test_wrong_usage_changes_nothing(ecif, tmp_path):
    good = framed(tmp_path / "core.bin", BODIES[:1])
    wrong = table(tmp_path / "a.csv", ["NAME"], [["1"]])
    (tmp_path / "junk").write_bytes(b"junk")
    for arguments, told in (
        (["nobody", str(good)], "There is no system nobody"),
        (["core", str(tmp_path / "absent")], "absent"),
        (["core"], "FILE"),
        (["core", str(good), str(wrong)], "no fields of CU01"),
        (["core", str(good), str(tmp_path / "junk")], "--records"),
    ):
        ran = ecif("load", *arguments, "--conf", str(BENCH))
        assert (ran.code, ran.out) == (2, b""), arguments
        assert plain(told) in plain(ran.text), ran.text
    assert not (tmp_path / "var").exists()


def test_the_embedded_database_is_made_and_another_one_is_not(ecif, monkeypatch, tmp_path):
    path = framed(tmp_path / "core.bin", BODIES[:2])
    ran = ecif("load", "core", str(path), "--conf", str(BENCH))
    assert (ran.code, ran.out) == (0, b"")
    assert (tmp_path / "var" / "ecif.db").exists()
    monkeypatch.setenv("ECIF_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    ran = ecif("load", "core", str(path), "--conf", str(BENCH))
    assert (ran.code, ran.out) == (3, b"")


def test_default_place_of_what_is_set_aside(ecif, tmp_path):
    path = framed(tmp_path / "core.bin", [body(1), body(2, **{"CUST-SEX": "?"})])
    report = json.loads(ecif("load", "core", str(path), "--json", "--conf", str(BENCH)).out)
    aside = Path(report["aside"])
    assert aside.parent == Path("var/aside")
    assert len((tmp_path / aside).read_text("utf-8").splitlines()) == 1
