"""Full messages to measure with, in the fields of the shipped systems: a person with everything filled in."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from formats.declare import Declaration, load_codec
from formats.seals import Seal

PERSON = {
    "MSG-ID": "C260105000000001",
    "MSG-SENT-AT": "20260105093000",
    "MSG-POSSDUP": "",
    "CUST-NO": "000012345678",
    "CUST-KIND": "P",
    "CUST-NAME": "买买提·吐尔逊",
    "CUST-ID-TYPE": "01",
    "CUST-ID-NO": "650101198506153039",
    "CUST-ID-EXPIRY": "20350614",
    "CUST-BIRTH-OR-FOUNDED": "19850615",
    "CUST-SEX": "M",
    "CUST-MOBILE": "13900000002",
    "CUST-ADDRESS": "北京市东城区试验路1号A座",
    "CUST-POSTCODE": "100010",
    "CUST-RISK": "R2",
}
ACCOUNT = {
    "ACCT-PRODUCT": "D001",
    "ACCT-CCY": "CNY",
    "ACCT-OPENED": "20200101",
    "ACCT-STATUS": "A",
}


def codec_of(conf: Path, system: str, seal: Seal | None = None) -> Any:
    folder = conf / "systems" / system
    declared = tomllib.loads((folder / "system.toml").read_text("utf-8"))["codec"]
    return load_codec(TypeAdapter[Any](Declaration).validate_python(declared), folder, system, seal)


def cu01(accounts: int) -> dict[str, Any]:
    own = {"CUST-SEQ": 7, "CUST-STATUS": "A", "CUST-BRANCH": "230102", "CUST-MANAGER": "M0000017"}
    return PERSON | own | {"ACCT": [_account(i) for i in range(accounts)]}


def _account(i: int) -> dict[str, Any]:
    return ACCOUNT | {
        "ACCT-NO": f"{6200000000000000011 + i}",
        "ACCT-BALANCE": Decimal(f"{123456789 * (i + 1)}.05"),
    }


def cp01() -> dict[str, Any]:
    return PERSON | {"ECIF-NO": "100000000123", "ECIF-VERSION": 12}
