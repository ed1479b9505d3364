"""A hub with the bank around it, as tests use them: `bank.core`, `bank.loan`, `bank.ebank`, `bank.card`."""

import contextlib
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.sheets import card_client, core_client, ebank_client, loan_client, wealth_client
from tests.sheets.card_client import CardHost
from tests.sheets.core_client import CoreLine
from tests.sheets.ebank_client import EbankLine
from tests.sheets.hub_process import Changes, HubProcess, Ports, prepare, running
from tests.sheets.loan_client import LoanCaller, LoanListener
from tests.sheets.people import Someone
from tests.sheets.pushes import PushBox
from tests.sheets.teller_client import TellerCaller
from tests.sheets.wealth_client import WealthPeer


@dataclass
class Bank:
    """One line of core and ebank each, and loan's two sides. All push boxes outlive their connections."""

    hub: HubProcess
    core_box: PushBox
    loan_box: PushBox
    ebank_box: PushBox
    listener: LoanListener
    wealth: WealthPeer
    card: CardHost

    @property
    def wealth_box(self) -> PushBox:
        return self.wealth.box

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ebank_client.tls_context(self.hub.certificates)

    @property
    def ports(self) -> Ports:
        return self.hub.ports

    @property
    def loan(self) -> LoanCaller:
        return LoanCaller(self.ports.loan)

    @property
    def teller(self) -> TellerCaller:
        return TellerCaller(self.ports.teller)

    def connect(self) -> None:
        """(Again) a line of core and one of ebank."""
        self.disconnect()
        self.core = self.core_line()
        self.ebank = self.ebank_line()

    def core_line(self) -> CoreLine:
        return CoreLine(self.ports.core, self.core_box)

    def ebank_line(self, *, signed: bool = True) -> EbankLine:
        return EbankLine(self.ports.ebank, self.tls, self.ebank_box, signed=signed)

    def disconnect(self) -> None:
        for line in (self.__dict__.get("core"), self.__dict__.get("ebank")):
            if line is not None:
                line.close()

    def core_says(self, who: Someone, seq: int, **fields: Any) -> dict[str, Any]:
        """An image of `who` from core, which must be accepted; gives the reply."""
        name = fields.pop("CUST_NAME", who.name)
        reply = self.core.ask(
            core_client.customer(fields.pop("CUST_NO", who.core), seq, CUST_NAME=name, **fields)
        )
        assert reply["REPLY-CODE"] in ("0000", "0001"), reply
        return reply

    def loan_says(self, who: Someone, seq: int, **fields: Any) -> dict[str, Any]:
        name = fields.pop("NAME", who.name)
        reply = self.loan.ask(loan_client.customer(fields.pop("CUST_NO", who.loan), seq, NAME=name, **fields))
        assert reply["CODE"] in ("0000", "0001"), reply
        return reply

    def ebank_says(self, who: Someone, seq: int, **fields: Any) -> dict[str, Any]:
        name = fields.pop("name", who.name)
        reply = self.ebank.ask(
            ebank_client.customer(fields.pop("number", who.ebank), seq, name=name, **fields)
        )
        assert reply["code"] in ("0000", "0001"), reply
        return reply

    def wealth_says(self, who: Someone, seq: int, **fields: Any) -> dict[str, Any]:
        name = fields.pop("name", who.name)
        reply = self.wealth.ask(
            wealth_client.customer(fields.pop("number", who.wealth), seq, name=name, **fields)
        )
        assert reply["code"] in ("0000", "0001"), reply
        return reply

    def card_says(self, who: Someone, seq: int, **tags: str) -> dict[str, Any]:
        """An image of `who` from card; `tags` as `t07="139…"`."""
        self.card.wait_signed_on()
        own = {"02": who.name} | {name[1:]: value for name, value in tags.items()}
        answer = self.card.ask(card_client.customer(who.card, seq, own))
        assert answer["DE48"]["32"] in ("0000", "0001"), answer
        return answer

    def golden(self, ecif_no: str) -> dict[str, Any]:
        """What ebank is told of a party."""
        answer = self.ebank.ask(ebank_client.query(ecif=ecif_no))
        assert answer["code"] == "0000", answer
        return answer


@contextlib.contextmanager
def open_bank(template: Path, folder: Path, changes: Changes | None = None) -> Iterator[Bank]:
    """A hub in `folder`, from the template's certificates and empty database, and its peers."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    ports = Ports.free()
    prepare(folder, ports, {"hub.toml": {"http.start": "false"}})  # nobody asks it here: it only costs time
    prepare(folder, ports, changes)
    loan_box = PushBox()
    listener = LoanListener(ports.loan_peer, loan_box)
    wealth = WealthPeer(ports.wealth_peer)
    card = CardHost(ports.card_peer)
    bank = Bank(HubProcess(folder, ports), PushBox(), loan_box, PushBox(), listener, wealth, card)
    try:
        with running(bank.hub):
            bank.connect()
            yield bank
            bank.disconnect()
    finally:
        listener.close()
        wealth.close()
        card.close()
