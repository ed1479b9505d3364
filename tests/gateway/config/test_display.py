"""Conf as people read it: everything but the secrets."""

from pathlib import Path

from gateway.config.display import HIDDEN, files_of, hidden_fields, sections, shown


def test_fields_that_no_repr_shows_are_hidden() -> None:
    assert {"key", "url"} <= hidden_fields()
    assert shown("key", "0123456789abcdef") == HIDDEN
    assert shown("password", "open sesame") == HIDDEN


def test_references_and_paths_stay_as_they_stand() -> None:
    assert shown("key", "${file:demo.key}") == "${file:demo.key}"
    assert shown("key", "var/certs/hub.key") == "var/certs/hub.key"


def test_a_database_is_shown_without_its_password() -> None:
    assert shown("url", "sqlite:///var/ecif.db") == "sqlite:///var/ecif.db"
    assert shown("url", "oracle+oracledb://ecif:tiger@db:1521/?password=tiger") == (
        f"oracle+oracledb://ecif:{HIDDEN}@db:1521/"
    )


def test_secrets_are_hidden_however_deep_they_stand() -> None:
    told = sections({"a": {"b": {"seal": {"kind": "x", "key": "00ff"}}, "c": [{"password": "p"}]}})
    assert "00ff" not in str(told)
    assert "'p'" not in str(told)
    assert told["a.c[0]"] == {"password": HIDDEN}


def test_the_shipped_conf_by_file_and_section() -> None:
    files = dict(files_of(Path("conf")))
    assert files["hub.toml"]["database"]["url"] == "sqlite:///var/ecif.db"
    assert files["systems/ebank/system.toml"]["seal"]["key"] == "${file:demo.key}"
