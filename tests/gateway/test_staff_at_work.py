"""Staff beside a running hub: what they order over HTTP, the systems hear on their sockets."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from ecif.store.migrate import upgrade
from gateway.config.schema import Conf
from gateway.http_process import settings_of
from gateway.lending import ConfBank
from ocrm_api.app import create_app
from ocrm_api.chains import placed
from tests.gateway.test_hub import certificates, conf, core_image, dial, running
from tests.ocrm_api.desks import act
from tests.ocrm_api.staffing import bearer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["certificates", "conf"]  # fixtures
WHY = {"reason": "called the customer"}


@pytest.fixture
def client(conf: Conf) -> Iterator[TestClient]:
    url = conf.hub.database.url
    for chain, place in placed(url):
        upgrade(place, chain)
    app = create_app(settings_of(conf), ConfBank(conf))
    with TestClient(app, headers=bearer(url, "admin"), base_url="http://localhost") as made:
        yield made


def post(client: TestClient, path: str, body: dict[str, Any], tag: str = "") -> dict[str, Any]:
    answer = client.post(path, json=body, headers=act(tag))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def confirmed(push: dict[str, Any]) -> dict[str, Any]:
    same = {"MSG-ID": "R1", "MSG-SENT-AT": push["MSG-SENT-AT"]}
    return {**same, "REPLY-TO": push["MSG-ID"], "REPLY-CODE": "0000"}


async def test_a_correction_reaches_a_system_unless_it_is_paused(conf: Conf, client: TestClient) -> None:
    ask = trio.to_thread.run_sync
    async with running(conf) as hub:
        core = await dial(conf, hub, "core")
        reply = await core.ask("CU01", core_image(1, "张三", **{"CUST-MOBILE": "13812345678"}))
        path = f"/api/v1/parties/{reply['REPLY-ECIF-NO']}"

        def correct(mobile: str) -> dict[str, Any]:
            tag = client.get(path).headers["ETag"]
            return post(client, f"{path}/corrections", {"values": {"phone:mobile": mobile}, **WHY}, tag)

        assert (await ask(correct, "13700001111"))["state"] == "applied"
        push = (await core.receive())[1]
        assert push["CUST-MOBILE"] == "13700001111"
        await core.send("RP01", confirmed(push))
        paused = await ask(post, client, "/api/v1/systems/core/pause", WHY)
        assert paused["paused"]
        await ask(correct, "13700002222")
        with trio.move_on_after(2.5) as waited:
            await core.receive()
        assert waited.cancelled_caught
        assert not (await ask(post, client, "/api/v1/systems/core/resume", WHY))["paused"]
        assert (await core.receive())[1]["CUST-MOBILE"] == "13700002222"
        await core.stream.aclose()
