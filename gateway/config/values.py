"""The small value types conf keys are made of, each refusing what only looks like it.

Pydantic's lax mode takes `"64"`, `64.0` and `true` for 64. In a file written by hand each is a slip, so
numbers and switches are strict here. A value that really came as text, from the environment, is converted by
`gateway.config.reader` before it counts as wrong.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

Network: TypeAlias = IPv4Network | IPv6Network


class Section(BaseModel):
    """A table of a conf file: frozen, and every key in it is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def split_address(address: str) -> tuple[str, int]:
    """`host:port` or `[v6]:port`. Raises ValueError with the rule."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError("must be HOST:PORT with a port of 0 to 65535")
    bracketed = host.startswith("[") and host.endswith("]")
    if ":" in host and not bracketed:
        raise ValueError("an IPv6 host must stand in brackets, as in [::1]:7101")
    return (host[1:-1] if bracketed else host), int(port)


def place_of(text: str, host: str) -> tuple[str, int]:
    """As `split_address`, or a port alone: then on `host`."""
    return split_address(text if ":" in text else f"{host}:{text}")


def _checked_address(address: str) -> str:
    split_address(address)
    return address


def _network(value: Any) -> Network:
    if not isinstance(value, str):
        raise ValueError("must be text, as in 10.1.0.0/16")  # noqa: TRY004 - pydantic reports ValueErrors
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("must be an address or network, as in 10.1.0.0/16 or ::1/128") from None


Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
"""A limit or a size: at least one, never a way to switch something off."""
Seconds: TypeAlias = Annotated[float, Strict(), Field(gt=0, le=86_400)]
Days: TypeAlias = Annotated[int, Strict(), Field(ge=0, le=36_500)]
Nice: TypeAlias = Annotated[int, Strict(), Field(ge=0, le=19)]
"""nice(1): 0 gives way to nobody."""
Switch: TypeAlias = Annotated[bool, Strict()]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Address: TypeAlias = Annotated[str, AfterValidator(_checked_address)]
AllowedNetwork: TypeAlias = Annotated[
    Network, BeforeValidator(_network), WithJsonSchema({"type": "string", "examples": ["127.0.0.0/8"]})
]
