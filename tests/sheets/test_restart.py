"""What holds over a restart: replies, nonces, unanswered pushes, numbers. SIGTERM and SIGKILL both."""

import os
import time
from collections.abc import Callable

import pytest

from tests.sheets.bank import Bank
from tests.sheets.core_client import customer, decode, encode, now
from tests.sheets.ebank_client import document, sign_on
from tests.sheets.ebank_client import encode as encode_ebank
from tests.sheets.fixtures import FreshBank
from tests.sheets.people import Someone
from tests.sheets.pushes import SILENCE
from tests.soak import soak_only

pytestmark = pytest.mark.slow

Ending = Callable[[Bank], None]


def _stop(bank: Bank) -> None:
    begins = time.monotonic()
    assert bank.hub.stop() == 0
    assert time.monotonic() - begins < 10, "open lines are no reason to wait"


def _kill(bank: Bank) -> None:
    bank.hub.kill()


@pytest.mark.fault("M1", "the same after a restart")
@pytest.mark.parametrize("end", [_stop, _kill], ids=["stopped", "killed"])
def test_a_restart_forgets_nothing(fresh_bank: FreshBank, end: Ending) -> None:
    who = Someone()
    with fresh_bank({}) as bank:
        image = customer(who.core, 1, CUST_NAME=who.name, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
        image["MSG-SENT-AT"] = now(-60)
        first = bank.core.ask_raw(image)
        nonce = os.urandom(16)
        with bank.ebank_line(signed=False) as line:
            assert line.ask(sign_on(nonce=nonce))["code"] == "0000"
        bank.core_box.script(who.core, SILENCE)
        bank.ebank_says(
            who, 1, documents=[document(1, who.resident_id)], phones=[{"use": 1, "number": who.mobile}]
        )
        push = bank.core_box.take(who.core)

        bank.disconnect()
        end(bank)
        bank.hub.start()
        bank.connect()

        again = bank.core_box.take(who.core, seconds=20)
        assert again.values == push.values | {"MSG-POSSDUP": "Y"}, "the same push, flagged"
        assert bank.core.ask_raw(image)[35:] == first[35:], "the same reply"
        with bank.ebank_line(signed=False) as line:
            assert line.ask(encode_ebank(sign_on(nonce=nonce)))["code"] == "1005"
        other = Someone()
        reply = bank.core.ask(customer(other.core, 1, CUST_NAME=other.name))
        assert reply["REPLY-ECIF-NO"] != decode(first)["REPLY-ECIF-NO"]
        assert bank.hub.ecif("verify").returncode == 0


@pytest.mark.fault("X1", "SIGTERM under load")
def test_requests_in_flight_are_answered_before_a_stop(fresh_bank: FreshBank) -> None:
    with fresh_bank({"hub.toml": {"intake.batch_milliseconds": "300"}}) as bank:
        people = [Someone() for _ in range(20)]
        images = [customer(who.core, 1, CUST_NAME=who.name) for who in people]
        for image in images:
            bank.core.send(image)
        time.sleep(0.1)
        assert bank.hub.stop() == 0
        codes = {decode(bank.core.wait_reply(image["MSG-ID"]))["REPLY-CODE"] for image in images}
        assert codes == {"0000"}
        bank.hub.start()
        bank.connect()


@soak_only
@pytest.mark.fault("X1", "a second SIGTERM")
def test_a_second_sigterm_stops_at_once(fresh_bank: FreshBank) -> None:
    with fresh_bank({}) as bank:
        bank.loan_box.script(who := Someone().loan, SILENCE)
        assert who
        assert bank.hub.process is not None
        bank.hub.process.terminate()
        time.sleep(0.05)
        bank.hub.process.terminate()
        bank.hub.process.wait(5)
        bank.hub.start()
        assert encode(customer(Someone().core, 1))[:4] == "CU01".encode("cp037")
        bank.connect()
