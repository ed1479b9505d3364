"""Data as TOML text, and all the ways to damage it a little: for tests of what reads conf."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from gateway.config.places import KeyPath
from tests.soak import SOAK


def dump(data: dict[str, Any]) -> str:
    """Top-level tables as tables, everything below inline."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in data.items() if not isinstance(value, dict)]
    tables = [
        "\n".join([f"[{_key(name)}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())])
        for name, table in data.items()
        if isinstance(table, dict)
    ]
    return "\n".join([*plain, *tables]) + "\n"


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def damaged(data: dict[str, Any], *, longest_list: int = 3) -> Iterator[tuple[str, KeyPath, dict[str, Any]]]:
    """(what was done, where, the data afterwards): each key deleted, misspelt, and of every other type."""
    for path in _paths(data, (), longest_list):
        for what, change in _CHANGES.items():
            copy = deepcopy(data)
            holder: Any = copy
            for part in path[:-1]:
                holder = holder[part]
            if change(holder, path[-1]):
                yield what, path, copy


def _paths(value: Any, path: KeyPath, longest_list: int) -> Iterator[KeyPath]:
    if path:
        yield path
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = list(enumerate(value))[:longest_list]
    for key, item in items:
        yield from _paths(item, (*path, key), longest_list)


def _delete(holder: Any, key: Any) -> bool:
    del holder[key]
    return True


def _misspell(holder: Any, key: Any) -> bool:
    if not isinstance(key, str):
        return False
    holder[key + "x"] = holder.pop(key)
    return True


def _as(replacement: Any) -> Any:
    def change(holder: Any, key: Any) -> bool:
        if type(holder[key]) is type(replacement) and holder[key] == replacement:
            return False
        holder[key] = replacement
        return True

    return change


_SHORT = {
    "deleted": _delete,
    "misspelt": _misspell,
    "text": _as("Zz"),
    "number": _as(7),
    "list": _as([]),
    "table": _as({}),
}
_LONG = {
    "empty text": _as(""),
    "negative": _as(-1),
    "fraction": _as(1.5),
    "switch": _as(True),
    "list of lists": _as([["Zz", 7]]),
    "table in table": _as({"Zz": {"Zz": 7}}),
}
_CHANGES = _SHORT | (_LONG if SOAK else {})
