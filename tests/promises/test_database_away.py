"""FAULTS D5: a whole hub on a PostgreSQL of its own that dies, comes back, fails over, and is not there."""

import contextlib
import time
from collections.abc import Iterator

import pytest

from ocrm_api.health.hub import ask_hub
from tests.databases import POSTGRESQL, Restarted, Standby
from tests.sheets.bank import Bank
from tests.sheets.core_client import customer
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.soak import soak_only

BACK_SECONDS = 60
"""The cap of the backoff is 15 s; the rest is for a busy machine."""


@pytest.fixture
def server() -> Iterator[Restarted]:
    with contextlib.closing(Restarted()) as server:
        yield server


def ready(bank: Bank) -> bool:
    return bool(ask_hub(bank.hub.folder / "var" / "hub.sock", 30)["ready"])


def check_away(bank: Bank, who: Someone, seq: int) -> dict[str, str]:
    """Delivery looks every second and meets it first: not ready, and nothing is read. Gives what was sent."""
    ends = time.monotonic() + BACK_SECONDS
    while ready(bank):
        assert time.monotonic() < ends
        time.sleep(0.1)
    image = customer(who.core, seq, CUST_NAME=who.name, CUST_MOBILE=f"139{seq:08d}")
    with pytest.raises(AssertionError, match="no reply"):
        bank.core.ask(image, seconds=2)
    return image


def check_back(bank: Bank, image: dict[str, str]) -> None:
    """What is sent while it is away is read and answered when it is back."""
    again = image | {"MSG-POSSDUP": "Y"}
    assert bank.core.ask(again, seconds=BACK_SECONDS)["REPLY-CODE"] == "0000"
    assert ready(bank)


@pytest.mark.slow
@soak_only
@pytest.mark.timeout(1800)
@pytest.mark.fault("D5", "under a whole hub: it dies and comes back; it dies and its standby takes over")
@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_away_and_back(kind: str, fresh_bank: FreshBank, server: Restarted, who: Someone) -> None:
    with contextlib.ExitStack() as opened:
        standby = opened.enter_context(contextlib.closing(Standby(server)))
        bank = opened.enter_context(fresh_bank({"hub.toml": {"database.url": f'"{standby.url}"'}}))
        number = bank.core_says(who, 1)["REPLY-ECIF-NO"]
        server.stop()
        image = check_away(bank, who, 2)
        server.start()
        check_back(bank, image)
        server.stop()
        image = check_away(bank, who, 3)
        standby.promote()
        check_back(bank, image)
        assert bank.core_says(who, 4)["REPLY-ECIF-NO"] == number


@pytest.mark.slow
@soak_only
@pytest.mark.timeout(1800)
@pytest.mark.fault("D5", "down at start: nothing is opened, exit code 3; up again, the hub starts")
@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_down_at_start(kind: str, fresh_bank: FreshBank, server: Restarted, who: Someone) -> None:
    with fresh_bank({"hub.toml": {"database.url": f'"{server.url}"'}}) as bank:
        bank.disconnect()
        assert bank.hub.stop() == 0
        server.stop()
        refused = bank.hub.ecif("serve", seconds=600)
        assert refused.returncode == 3, refused.stderr
        assert "cannot be reached" in refused.stderr
        server.start()
        bank.hub.start()
        bank.connect()
        bank.core_says(who, 1)
