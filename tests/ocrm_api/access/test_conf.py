"""staff.toml: the shipped file says the defaults; what cannot be meant is refused with a hint."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ocrm_api.access.conf import StaffConf
from ocrm_api.access.permissions import PERMISSIONS
from ocrm_api.access.roles import Roles

SHIPPED = Path(__file__).parents[3] / "conf/staff.toml"
OIDC = {"issuer": "https://x", "client_id": "a", "client_secret": "b"}
DOCS = Path(__file__).parents[3] / "docs/access.md"


def test_the_shipped_file_says_the_defaults() -> None:
    assert StaffConf.model_validate(tomllib.loads(SHIPPED.read_text("utf-8"))) == StaffConf()


def test_what_is_commented_out_there_is_good_too() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    told = [line.removeprefix("# ") for line in lines[lines.index("# [[branch]]") :] if line.startswith("# ")]
    text = "\n".join(told)
    conf = StaffConf.model_validate(tomllib.loads(text))
    assert [branch.code for branch in conf.branch] == ["2301", "230102"]
    assert conf.oidc is not None
    assert Roles(conf).tree("2301") == {"2301", "230102"}


@pytest.mark.parametrize(
    ("conf", "hint"),
    [
        ({"role": {"a": {"permissions": ["party.read"]}}}, r"did you mean parties\.read"),
        ({"role": {"a": {"includes": ["b"]}}}, "there is no b"),
        ({"role": {"a": {"clear": ["phones"]}}}, "did you mean phone"),
        ({"role": {"a": {"includes": ["b"]}, "b": {"includes": ["a"]}}}, "circle"),
        ({"branch": [{"code": "1", "parent": "2"}]}, "there is no 2"),
        ({"branch": [{"code": "1"}, {"code": "1"}]}, "twice"),
        ({"branch": [{"code": "1", "parent": "2"}, {"code": "2", "parent": "1"}]}, "circle"),
        ({"oidc": {**OIDC, "roles": {"r": "king"}}}, "king"),
        ({"password": {"least": 4}}, "least"),
    ],
)
def test_what_cannot_be_meant(conf: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        StaffConf.model_validate(conf)


def test_an_account_s_branch_that_conf_does_not_know_stands_alone() -> None:
    assert Roles(StaffConf()).tree("77") == {"77"}


def test_the_page_names_every_permission() -> None:
    text = DOCS.read_text("utf-8")
    missing = [
        name for name in PERMISSIONS
        if f"`{name}`" not in text and f"`{name.partition('.')[0]}.*`" not in text and name != "account.own"
    ]  # fmt: skip
    assert missing == []
