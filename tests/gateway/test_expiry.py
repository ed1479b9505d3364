"""Certificates and revocation lists that end soon are told of, each with its place in conf."""

from dataclasses import replace
from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock

from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.config.transport import ListenTls
from gateway.expiry import DAY_SECONDS, ending, warn_daily
from gateway.surroundings import certificates_of
from ocrm_api.health.metrics import exposition
from tests.gateway.authority import Authority


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    """The shipped one; ebank's certificate ends in ten days, the authority's list in five."""
    shipped = read_conf(Path(__file__).parents[2] / "conf", {})
    made = Authority(tmp_path)
    pem, key = made.issue("hub", days=10.5)
    tls = ListenTls(certificate=pem, key=key, client_ca=made.certificate, revoked=made.revoke([], days=5.5))
    ebank = shipped.systems["ebank"]
    assert ebank.listen is not None
    listen = ebank.listen.model_copy(update={"tls": tls})
    only = {"ebank": ebank.model_copy(update={"listen": listen})}
    return replace(shipped, systems=only)


def test_what_ends_within_30_days(conf: Conf) -> None:
    assert [(key, left) for key, _, left in ending(conf)] == [
        ("ebank: listen.tls.certificate", 10),
        ("ebank: listen.tls.revoked", 5),
    ]


@pytest.mark.fault("T2", "30 days ahead the log warns, once a day; the metric says the seconds left")
async def test_it_is_told_once_a_day(conf: Conf, autojump_clock: MockClock) -> None:
    with capture_logs() as logs, trio.move_on_after(2.5 * DAY_SECONDS):
        await warn_daily(lambda: conf)
    told = [(line["key"], line["days"]) for line in logs if line["event"] == "certificate.ends"]
    assert told == [("ebank: listen.tls.certificate", 10), ("ebank: listen.tls.revoked", 5)] * 3
    text = exposition(None, None, certificates_of(conf)).decode()
    for key, days in (("certificate", 10), ("revoked", 5)):
        (line,) = [line for line in text.splitlines() if f'name="ebank.listen.tls.{key}"' in line]
        assert days * DAY_SECONDS < float(line.split()[-1]) < (days + 1) * DAY_SECONDS
