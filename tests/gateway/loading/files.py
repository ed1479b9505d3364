"""Files of core's and loan's customers for tests of the load, in every form."""

import csv
from pathlib import Path

from bench.population import core, ebank
from gateway.bootstrap import load_codecs
from gateway.config.reader import read_conf

CONF = Path(__file__).parents[3] / "conf"
TREE = read_conf(CONF, {})
CODECS = load_codecs(TREE)
ID, SENT = "MSG-ID", "MSG-SENT-AT"


def body(number, seq=1, *, without=(), **changed):
    fields = {**core(number, seq), **changed}
    return CODECS["core"].build("CU01", {name: fields[name] for name in fields if name not in without})


def ebank_body(number, seq=1):
    return CODECS["ebank"].build("0x20", ebank(number, seq))


def framed(path, bodies, system="core"):
    path.write_bytes(b"".join(map(TREE.systems[system].framing.wrap, bodies)))
    return path


def rdw(path, bodies):
    path.write_bytes(b"".join((len(one) + 4).to_bytes(2, "big") + b"\0\0" + one for one in bodies))
    return path


def fixed(path, bodies, length):
    path.write_bytes(b"".join(one.ljust(length, b"\x40") for one in bodies))
    return path


def table(path, header, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
