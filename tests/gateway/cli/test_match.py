"""`ecif match` as scripts use it."""

import csv
import json
import subprocess
import sys

import pytest

from tests.ecif.linkage.people import MODEL, pairs, people

HEADER = "id,given,family,born,town,number\n"


@pytest.fixture
def folder(tmp_path):
    rows, truth = people(300, seed=3)
    (tmp_path / "m.toml").write_text(MODEL)
    for name, part in (("a.csv", rows[:400]), ("b.csv", rows[400:])):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(part)
    return tmp_path, rows, truth


def ecif(folder, *arguments):
    command = [sys.executable, "-m", "gateway.cli.main", "match", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_run_train_explain(folder):
    path, rows, truth = folder
    both = ("--records", "a.csv", "--records", "b.csv")
    done = ecif(path, "train", "--model", "m.toml", *both, "--out", "m2.toml")
    assert done.returncode == 0, done.stderr
    done = ecif(
        path, "run", "--model", "m2.toml", *both, "--out", "links.csv", "--reviews", "r.csv", "--json"
    )
    report = json.loads(done.stdout)
    assert list(report) == ["records", "parties", "links", "reviews", "seconds", "records_per_second"]
    assert report["records"] == 600 == report["parties"] + report["links"]
    with (path / "links.csv").open(encoding="utf-8") as file:
        links = list(csv.reader(file))
    assert links[0] == ["record_id", "party"]
    assert [number for number, _ in links[1:]] == [row["id"] for row in rows]
    parties = {}
    for number, party in links[1:]:
        parties.setdefault(party, []).append(number)
    assert all(party == min(members) for party, members in parties.items())
    found = pairs(list(parties.values()))
    assert len(found & truth) / len(found) > 0.98
    assert (path / "r.csv").read_text("utf-8").startswith("id1,id2,score\n")
    pair = sorted(next(iter(truth)))
    told = json.loads(ecif(path, "explain", "--model", "m2.toml", *both, *pair, "--json").stdout)
    assert told["comparisons"][0]["comparison"] == "prior"
    assert told["score"] == pytest.approx(sum(one["weight"] for one in told["comparisons"]), abs=1e-6)


def test_a_model_without_weights_is_trained_on_the_records(folder):
    path = folder[0]
    run = ("run", "--model", "m.toml", "--records", "a.csv", "--out", "links.csv", "--shuffle", "5")
    done = ecif(path, *run)
    assert done.returncode == 0
    assert "has no weights" in done.stderr


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.csv", "id,given\n1,x\n", "a.csv:1: no column born, family, number, town"),
        ("a.csv", HEADER + "1,a,b,c,d,e\n1,a,b,c,d,e\n", "a.csv:3: record id stands twice"),
        ("m.toml", "id = 1\n", "m.toml:1: id: Input should be a valid string"),
        ("m.toml", "id = ", "m.toml: Invalid value"),
    ],
)
def test_what_is_wrong_is_said_without_a_value(folder, file, text, said):
    path, _, _ = folder
    (path / file).write_text(text, "utf-8")
    done = ecif(path, "run", "--model", "m.toml", "--records", "a.csv", "--out", "links.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
