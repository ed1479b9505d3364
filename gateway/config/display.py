"""The conf's files for people to read: as they stand there, secrets left out.

A value that came from elsewhere stays the reference it is in the file (`${NAME}`). Where a secret stands in
the file itself it is hidden: by the names of the fields that the declarations keep out of every `repr`, and
by names that can only be secrets.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

from gateway.config.schema import HubConf, SystemConf

HIDDEN: Final = "••••••"
_SECRETS: Final = frozenset(("password", "secret", "client_secret", "token", "private_key", "passphrase"))
_PATHS: Final = (".pem", ".key", ".crt")
"""What ends so names a file with a secret in it; the name is none."""


def files_of(folder: Path) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """(file, section → key → value), the bank's files first, then each system's."""
    for path in (*sorted(folder.glob("*.toml")), *sorted(folder.glob("systems/*/system.toml"))):
        yield str(path.relative_to(folder)), sections(tomllib.loads(path.read_text("utf-8")))


def sections(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Flat, by the section's dotted name; "" for what stands before the first."""
    found: dict[str, dict[str, Any]] = {}
    _gather(data, "", found)
    return {name: keys for name, keys in found.items() if keys}


def _gather(data: Mapping[str, Any], above: str, found: dict[str, dict[str, Any]]) -> None:
    here = found.setdefault(above, {})
    for name, value in data.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping) and not (above and _inline(value)):
            _gather(value, path, found)
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            for place, one in enumerate(value):
                _gather(one, f"{path}[{place}]", found)
        else:
            here[name] = shown(name, value)


def _inline(value: Mapping[str, Any]) -> bool:
    return len(value) <= 3 and not any(isinstance(one, Mapping | list) for one in value.values())


def shown(name: str, value: Any) -> Any:
    """The value, or what stands for it where it is nobody's business."""
    if isinstance(value, Mapping):
        return {key: shown(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(name, one) for one in value]
    if not isinstance(value, str) or name not in _SECRETS | hidden_fields():
        return value
    if value.startswith("${") or value.endswith(_PATHS):
        return value
    return _without_password(value) if "://" in value else HIDDEN


def _without_password(url: str) -> str:
    """`scheme://user:password@host`, and the query, which may hold one too."""
    scheme, _, rest = url.partition("://")
    place, _, _query = rest.partition("?")
    login, at, host = place.rpartition("@")
    if not at:
        return f"{scheme}://{place}"
    return f"{scheme}://{login.partition(':')[0]}:{HIDDEN}@{host}"


@cache
def hidden_fields() -> frozenset[str]:
    """Names of fields that a declaration keeps out of `repr`."""
    found: set[str] = set()
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [HubConf, SystemConf]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one not in seen:
                seen.add(one)
                found.update(name for name, field in one.model_fields.items() if not field.repr)
                waiting += [field.annotation for field in one.model_fields.values()]
        else:
            waiting += get_args(one)
    return frozenset(found)
