"""`ecif demo --serve`: the demonstration stays up, with a console, accounts for it, and something to do.

The systems stay at their lines, so that whatever staff decide reaches them; now and then one of their clerks
changes something.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import trio
from rich.console import Console
from rich.table import Table

from ecif.service import Service
from ecif.store import finding
from ecif.store.store import Store, open_store
from gateway.lending import ConfBank
from gateway.peers import day
from gateway.peers.cast import PeerProcess
from gateway.peers.population import Changes, Population, Step
from gateway.peers.stage import Stage
from gateway.peers.truth import Customer
from ocrm_api.access.accounts import Accounts
from ocrm_api.chains import OCRM
from ocrm_api.database import Database

QUIET_SECONDS = 30.0
"""The day's messages are waited for so long at the most."""
HEARD_SECONDS = 1.0
"""They report four times a second: by then they have said that there is something to do."""
CHANGE_SECONDS = 4.0
_RISKS = ("R1", "R2", "R3", "R4", "R5")


@dataclass(frozen=True)
class Account:
    name: str
    role: str
    password: str


async def make_a_day(
    stage: Stage, population: Population, peers: Sequence[PeerProcess], seed: int
) -> list[Account]:
    """Questions, answers, messages set aside; and the accounts to look at them with."""
    planned = day.plan(population, seed)
    await _enter(planned, peers)
    await trio.to_thread.run_sync(_act, stage, planned, population)
    return await trio.to_thread.run_sync(make_accounts, stage)


async def _enter(planned: day.Plan, peers: Sequence[PeerProcess]) -> None:
    """Until every answer is there; the pushes that follow need not be waited for."""
    for peer in peers:
        await peer.give(planned.steps.get(peer.system, ()))
    with trio.move_on_after(QUIET_SECONDS):
        await trio.sleep(HEARD_SECONDS)
        while not all(peer.idle for peer in peers):  # noqa: ASYNC110 - other processes: nothing to wait for
            await trio.sleep(0.1)


def _act(stage: Stage, planned: day.Plan, population: Population) -> None:
    store = open_store(stage.database)
    try:
        service: Service = ConfBank(stage.conf).service(store)
        day.work(service)
        day.set_aside(stage.conf, service, _numbers(store, planned.known, population))
    finally:
        store.close()


def _numbers(store: Store, known: Sequence[Customer], population: Population) -> Mapping[str, Customer]:
    """ECIF number → customer, of those that the hub knows by any of their records."""
    found: dict[str, Customer] = {}
    by_number = {customer.number: customer for customer in known}
    with store.reading() as connection:
        for (system, customer_no), true_id in population.truth.items():
            if true_id in by_number and by_number[true_id] not in found.values():
                for head in finding.heads_of_customer(connection, [system], customer_no):
                    found[head] = by_number[true_id]
    return found


def make_accounts(stage: Stage) -> list[Account]:
    """One a role, with passwords that nobody else has."""
    database = Database(stage.database, OCRM)
    try:
        accounts = Accounts(database, stage.conf.staff)
        made = [Account(role, role, secrets.token_urlsafe(9)) for role in accounts.roles.names]
        for one in made:
            accounts.add(one.name, one.role, password=one.password)
    finally:
        database.close()
    return made


async def clerks(peers: Sequence[PeerProcess], population: Population, seed: int) -> None:
    """Now and then somebody changes a telephone or a risk level, for as long as it stays up."""
    busy = day.plan(population, seed).concerned
    records = [(key, true_id) for key, true_id in sorted(population.truth.items()) if true_id not in busy]
    by_name = {peer.system: peer for peer in peers}
    turn = 0
    while records:
        await trio.sleep(CHANGE_SECONDS)
        (system, customer_no), true_id = records[turn * 7 % len(records)]
        mobile = f"137{(turn * 7919) % 10**8:08d}"
        change: Changes = {"phone:mobile": mobile, "risk": _RISKS[turn % len(_RISKS)]}
        await by_name[system].give([Step("image", customer_no, true_id, change)])
        turn += 1


def show(console: Console, stage: Stage, accounts: Sequence[Account]) -> None:
    table = Table("log in as", "with the password", "and you", title="Accounts of this demonstration")
    for one in accounts:
        role = stage.conf.staff.role.get(one.role)
        table.add_row(one.name, one.password, role.title if role else "")
    console.print(table)
    console.print(f"The console is at [bold]{address(stage)}/console/[/] and stays up until Ctrl-C.")
    console.print(f"All files of the demonstration: {stage.folder}", highlight=False)


def address(stage: Stage) -> str:
    http = stage.conf.hub.http
    return f"{'https' if http.tls else 'http'}://{http.host}:{http.port}"
