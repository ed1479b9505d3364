"""Log lines are JSON, and no exception's text gets into them."""

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from gateway.telemetry.logs import set_up_logs
set_up_logs("info")
log = structlog.get_logger("x").bind(session=7)
log.debug("too_small")
log.info("came", system="core")
try:
    try:
        int("13812345678x")
    except ValueError as inner:
        raise RuntimeError("王五 440308199901101512") from inner
except RuntimeError:
    log.exception("failed")
    logging.getLogger("some.library").error("parameters %s", "王五", exc_info=True)
logging.getLogger("some.library").info("chatter")
"""


def test_lines() -> None:
    command = [sys.executable, "-c", SCRIPT]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == ""
    came, failed, library = map(json.loads, ran.stderr.splitlines())
    assert came["event"] == "came"
    assert (came["system"], came["session"], came["level"]) == ("core", 7, "info")
    assert came["timestamp"].endswith("Z")
    assert "ValueError" in failed["trace"]
    assert "RuntimeError" in failed["trace"]
    assert (library["library"], library["level"]) == ("some.library", "error")
    for secret in ("王五", "4403081999", "138123"):
        assert secret not in ran.stderr
