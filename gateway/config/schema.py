"""The conf tree as one frozen value: what each file may say.

    hub.toml            HubConf        gateway.config.hub
    codes.toml          code tables shared by all systems
    survivorship.toml   which value wins
    matching.toml       who is the same customer
    staff.toml          StaffConf      ocrm_api.access.conf; may be left out
    systems/<name>/     SystemConf     transport here, the rest declared by `formats` and `adapters`

The sections are declared beside the code that uses them; this file only puts them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.declaration.sections import CodesFile, SystemSections
from adapters.layouts import LayoutsSection
from ecif.linkage.declaration import MatchModel
from ecif.matching_conf import MatchingConf
from ecif.survivorship import SurvivorshipConf
from formats.declare import Declaration
from formats.framing import Framing
from formats.seals import SealDeclaration
from gateway.config.hub import Database, DeliveryLimits, Http, HttpTls, HubConf, Intake, Limits, Log, Run
from gateway.config.transport import Delivery, Dial, DialTls, Heartbeat, Link, Listen, ListenTls
from ocrm_api.access.conf import StaffConf

__all__ = [
    "Conf",
    "Database",
    "Delivery",
    "DeliveryLimits",
    "Dial",
    "DialTls",
    "Heartbeat",
    "Http",
    "HttpTls",
    "HubConf",
    "Intake",
    "Limits",
    "Link",
    "Listen",
    "ListenTls",
    "Log",
    "Run",
    "SystemConf",
]


class SystemConf(SystemSections):
    """`systems/<name>/system.toml`: the dialect's sections (inherited), the bytes' and the transport's."""

    listen: Listen | None = None
    dial: Dial | None = None
    delivery: Delivery | None = None
    link: Link | None = None
    heartbeat: Heartbeat | None = None
    framing: Framing
    codec: Declaration
    seal: SealDeclaration | None = None
    layouts: LayoutsSection | None = None


@dataclass(frozen=True, slots=True)
class Conf:
    """Everything under one conf folder."""

    folder: Path
    hub: HubConf
    systems: Mapping[str, SystemConf]
    """By name: the name of the folder."""
    codes: CodesFile
    survivorship: SurvivorshipConf
    matching: MatchingConf
    staff: StaffConf
    match_model: MatchModel | None = None
    """The one that matching.score names."""
    coming: Mapping[str, SystemConf] = field(default_factory=dict)
    """By name: systems with two versions of their layouts, as `layouts.next` makes them."""

    def folder_of(self, system: str) -> Path:
        """Where a system's layouts lie."""
        return self.folder / "systems" / system
