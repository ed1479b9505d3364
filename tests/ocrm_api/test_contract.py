"""The contract is kept: every operation of /openapi.json is asked for what its schema allows, and for what it
does not. No answer is a fault of the server, and none is one that the contract does not name.

Short in CI; `make soak` (ECIF_SOAK) asks a hundred times as much.
"""

import contextlib
import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import uvicorn
from fastapi import FastAPI

from ocrm_api.app import create_app
from ocrm_api.settings import Settings
from tests.ecif.bank import LI_ID, ZHANG_ID, Bank
from tests.ocrm_api import routes
from tests.ocrm_api.desks import LentBank
from tests.ocrm_api.hub import obedient_hub
from tests.ocrm_api.staffing import bearer
from tests.soak import SOAK

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis import checks as named

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
EXAMPLES = int(os.environ.get("ECIF_SOAK_EXAMPLES", "200")) if SOAK else 2
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An application with a few customers, a question and a message set aside; asked by an administrator."""
    folder: Path = tmp_path_factory.mktemp("contract")
    bank = Bank(folder)
    document = ("resident_id", ZHANG_ID, None)
    bank.take(bank.person("core", "C1", document=document))
    bank.take(bank.person("loan", "L1", name="欧阳若曦", document=document))
    bank.take(bank.person("ebank", "E1", name="李四", document__resident_id=(LI_ID, None)))
    bank.service.set_aside(bank.person("core", "C9"), "a fault", bank.now)
    settings = Settings(bank.url, folder / "hub.sock", systems=("core", "loan", "ebank"), hub_seconds=0.1)
    app = create_app(settings, LentBank(bank))
    with obedient_hub(settings.hub_socket.with_name("control.sock")), serving(app) as base:
        yield schemathesis.openapi.from_url(f"{base}/openapi.json"), bearer(bank.url, "admin")
    bank.store.close()


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """As it is served: by uvicorn, over a socket."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


def operations() -> list[str]:
    return [
        f"{method.upper()} {path}"
        for path, methods in routes.contract()["paths"].items()
        for method in methods
        if path.startswith("/api/")
    ]


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("operation", operations())
def test_every_answer_is_in_the_contract(contract: Any, operation: str, allowed: bool) -> None:
    schema, headers = contract
    method, _, path = operation.partition(" ")
    wanted = schema[path][method]
    mode = schemathesis.GenerationMode.POSITIVE if allowed else schemathesis.GenerationMode.NEGATIVE
    checks = [named.CHECKS.get_one(name) for name in CHECKS]

    @hypothesis.settings(
        max_examples=EXAMPLES if allowed or SOAK else 1, deadline=None, database=None, derandomize=not SOAK,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=wanted.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=checks)

    with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # nothing that it is asked can be wrong
        ask()
