"""The load generator against the hub's own half of the dialect, and what is said when it ends early."""

import subprocess
import sys

import pytest

from bench.generator import ebank_beat
from bench.intake import told
from bench.missed import NotMeasured
from gateway.bootstrap import load_codecs
from gateway.config.reader import read_conf
from tests.bench.test_make_conf import BENCH


def test_ebanks_side_answers_the_hubs_heartbeat() -> None:
    codec = load_codecs(read_conf(BENCH, {}))["ebank"]
    beat = codec.build("0x7E", {"id": "ab" * 16, "flags": 0})
    answer = ebank_beat(beat)
    assert answer is not None
    type, fields = codec.parse(answer)
    assert (type, fields["id"]) == ("0x7F", "ab" * 16)
    assert ebank_beat(answer) is None


def test_a_generator_that_dies_leaves_its_last_words() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('the hub closed a line')"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as generator,
        pytest.raises(NotMeasured, match="the hub closed a line"),
    ):
        told(generator)
