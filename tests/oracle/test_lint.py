"""Every rule of the lint fails on a statement that Oracle refuses, and on no statement of the store's own."""

import inspect
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, String, Table, exists, select
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.base import Executable

from ecif.store import finding, following, migrate, party_reads, reports, statements, writing
from ecif.store.chain import HUB
from ocrm_api.chains import INDEX, OCRM, TRAIL
from ocrm_api.search import store as index
from tests.oracle.lint import IN_LIST, RULES, faults

DIALECT = OracleDialect_oracledb()
DIALECT._supports_offset_fetch = True
BAD = Table(
    "bad",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("yes", Boolean),
    Column("at", DateTime),
    Column("doc", JSON),
    Column("name", String(2_000)),
)


def compiled(statement: Any) -> str:
    return str(statement.compile(dialect=DIALECT))


ROWS = compiled(select(BAD.c.id).limit(5).with_for_update())
TABLE = compiled(CreateTable(BAD))

BROKEN = {
    "FOR UPDATE with a row limit": [ROWS],
    "IS with a truth value": [compiled(select(BAD.c.id).where(BAD.c.yes.is_(True)))],
    "a truth value": ["UPDATE party SET standoff = TRUE"],
    "SELECT of a condition": [compiled(select(exists().where(BAD.c.id == 1))), "SELECT a, b IS NULL FROM t"],
    "LIMIT": ["SELECT a FROM t LIMIT 5"],
    "AS before the name of a table": ["SELECT a FROM party AS p"],
    "several rows of VALUES": ["INSERT INTO t (a, b) VALUES (1, 2), (3, 4)"],
    "ON CONFLICT": ["INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING"],
    "RETURNING INTO in a script": ["INSERT INTO t (a) VALUES ('1') RETURNING t.a INTO :ret_0"],
    "type BOOLEAN": ["CREATE TABLE t (\n a BOOLEAN\n)"],
    "type JSON": [TABLE],
    "type DATE": [TABLE],
    "a type of another database": ["CREATE TABLE t (\n a BIGINT\n)"],
    "text measured in bytes": ["CREATE TABLE t (\n a VARCHAR2(10)\n)", "a VARCHAR2(10 BYTE)"],
    "'' as a value": ["UPDATE t SET a = ''", "SELECT a FROM t WHERE a IN ('x', '')"],
    "more than": [f"SELECT a FROM t WHERE a IN ({', '.join(f':k_{n}' for n in range(IN_LIST + 1))})"],
    "name over": [f"CREATE TABLE {'t' * 31} (\n a NUMBER(19)\n)", f"CREATE INDEX {'客' * 11} ON t (a)"],
    "reserved word": ["CREATE TABLE t (\n level NUMBER(19)\n)", "SELECT a FROM t WHERE a = :size"],
    "text over": [TABLE],
}
GOOD = [
    "SELECT a FROM t WHERE b IS NOT NULL AND name = 'IS TRUE LIMIT 5' FETCH FIRST 5 ROWS ONLY",
    "COMMENT ON TABLE t IS 'JSON: it''s a DATE'",
    'SELECT a FROM t WHERE a = :"size"',
    f"SELECT a FROM t WHERE a IN ({', '.join(f':k_{n}' for n in range(IN_LIST))})",
]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_fails_on_what_it_is_for(rule):
    (examples,) = [examples for start, examples in BROKEN.items() if rule.startswith(start)]
    for example in examples:
        assert rule in faults(example)


@pytest.mark.parametrize("statement", GOOD)
def test_what_oracle_takes_passes(statement):
    assert faults(statement) == ()


def _built() -> dict[str, Executable]:
    """Every statement that stands ready in the store's modules."""
    found: dict[str, Executable] = {}
    for module in (statements, reports, writing, finding, following, party_reads, index):
        for name, value in inspect.getmembers(module):
            several = value if isinstance(value, dict) else {"": value}
            found |= {f"{name} {key}": one for key, one in several.items() if isinstance(one, Executable)}
    return found


@pytest.mark.parametrize("name", _built())
def test_the_store_s_ready_statements(name):
    assert faults(compiled(_built()[name])) == ()


def test_there_are_ready_statements():
    assert len(_built()) > 40


@pytest.mark.parametrize("chain", [HUB, OCRM, TRAIL, INDEX], ids=lambda chain: chain.version_table)
def test_the_script_for_a_dba(chain):
    script = migrate.statements("oracle", chain)
    found = {statement: faults(statement) for statement in script.split(";\n")}
    assert {statement: broken for statement, broken in found.items() if broken} == {}
    assert len(found) > len(chain.metadata.tables)
