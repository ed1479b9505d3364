"""The console on a store with customers in it, read by browsers without a screen."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.config.reader import read_conf
from gateway.lending import ConfBank
from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import StaffConf
from ocrm_api.app import create_app
from ocrm_api.chains import OCRM
from ocrm_api.database import Database
from ocrm_api.settings import Settings
from tests.ecif.bank import Bank

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PASSWORD = "correct horse battery"
LogIn = Callable[..., TestClient]


@pytest.fixture(scope="session")
def lent() -> ConfBank:
    return ConfBank(read_conf(Path("conf"), os.environ))


@pytest.fixture
def app_of(settings: Settings, lent: ConfBank) -> Iterator[TestClient]:
    with TestClient(create_app(settings, lent), follow_redirects=False) as made:
        yield made


@pytest.fixture
def log_in(app_of: TestClient, settings: Settings) -> LogIn:
    """Somebody of that role, logged in with name and password as on the page."""

    def logged_in(role: str, **account: object) -> TestClient:
        database = Database(settings.database_url, OCRM)
        accounts = Accounts(database, StaffConf())
        if not accounts.knows(role):
            accounts.add(role, role, password=PASSWORD, **account)  # type: ignore[arg-type]
        database.close()
        answer = app_of.post("/console/login", data={"name": role, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return app_of

    return logged_in


@pytest.fixture
def zhang(bank: Bank) -> str:
    document = ("resident_id", "11010519491231002X", None)
    return str(bank.one(bank.person("core", "C1", document=document, born="19491231")).ecif_no)
