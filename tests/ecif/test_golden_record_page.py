"""The example of docs/golden-record.md: what the page says survives does survive under the shipped conf."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ecif.explaining import explain
from ecif.model import Attribute, Own, SourceRecord
from ecif.survivorship import GroupConf
from gateway.bootstrap import load_dialects
from gateway.config.reader import read_conf
from tests.ecif.test_survivorship import RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "golden-record.md").read_text()
BEIJING = timezone(timedelta(hours=8))


def table(caption):
    """The cells of the first table after a line that starts so."""
    lines = PAGE.split(caption, 1)[1].split("\n\n", 1)[1].splitlines()
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows[2:]


def value(attribute, text):
    return (text, None) if attribute.startswith("document:") else text


def records():
    said = {}
    for system, day, attribute, text in table("**What the systems say.**"):
        since = int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=BEIJING).timestamp()) * 1_000_000
        own = Own(value(attribute, text), since, 1, -1)
        said.setdefault(system, {})[attribute] = Attribute(own)
    return [SourceRecord(system, "1", "1", attributes=attributes) for system, attributes in said.items()]


def shown(text):
    return text[0] if isinstance(text, tuple) else text


@pytest.fixture(scope="module")
def explained():
    dialects = load_dialects(read_conf(ROOT / "conf", {}))
    return {one.attribute: one for one in explain(records(), {}, RULES, dialects)}


def test_the_page_tells_which_values_win_and_why(explained):
    told = table("**What survives.**")
    assert {row[0] for row in told} == explained.keys()
    for attribute, golden, rule, lost in told:
        one = explained[attribute]
        assert (attribute, shown(one.value), one.rule) == (attribute, golden, rule)
        others = [f"{shown(other.value)} ({other.system}: {other.step})" for other in one.others]
        assert (attribute, lost) == (attribute, ", ".join(others) or "–")


def test_the_page_describes_every_key_of_conf():
    rows = {key: text for key, *text in table("**Keys of a group.**")}
    assert rows.keys() == GroupConf.model_fields.keys()


def test_every_step_and_fault_is_on_the_page():
    from ecif.identity import FAULTS
    from ecif.steps import LAST, STEPS

    assert set(re.findall(r"`(\w+)`", PAGE)) >= {*STEPS, *LAST, *FAULTS, "pin", "only", "agreed", "fuller"}
