"""Consents, restrictions, exports and erasures as the API takes and shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec

from ocrm_api.bodies import Reason
from ocrm_api.parties.past import Happened
from ocrm_api.parties.schema import GoldenValue, Held, Message, Related, SourceRecord, Sync

PURPOSES: Final[Mapping[str, str]] = {
    "marketing": "offers of the bank's own; may be withdrawn at any time (PIPL 15, GDPR 7(3) and 21)",
    "profiling": "automated decisions and ratings (PIPL 24, GDPR 22)",
    "group_sharing": "providing to companies of the group (PIPL 23)",
    "third_party": "providing to others (PIPL 23, GDPR 6)",
    "cross_border": "providing abroad (PIPL 39, GDPR 49)",
    "sensitive": "sensitive personal information, biometrics among it (PIPL 29, GDPR 9)",
}
"""What a bank needs consent for; contract and law need none (PIPL 13(2), (3); GDPR 6(1)(b), (c))."""
_PURPOSE = msgspec.Meta(pattern=f"^({'|'.join(PURPOSES)})$", examples=["marketing"])
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class ConsentAnswer(msgspec.Struct, frozen=True):
    purpose: str
    given_at: datetime
    notice: str
    """Version of the text that was agreed to."""
    channel: str
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str


class RestrictionAnswer(msgspec.Struct, frozen=True):
    """Data is kept and not otherwise used (GDPR 18, PIPL 47 paragraph 2)."""

    restricted: bool
    since: datetime | None
    by: str
    reason: str


class PrivacyAnswer(msgspec.Struct, frozen=True):
    purposes: dict[str, str]
    """What each purpose stands for, and where the law asks for consent."""
    consents: list[ConsentAnswer]
    restriction: RestrictionAnswer


class AskedConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    purpose: Annotated[str, _PURPOSE]
    given: bool
    """False withdraws it."""
    notice: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "none"
    channel: Word
    reason: Reason


class AskedRestriction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    restricted: bool
    reason: Reason


class AskedErasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: Reason


class ErasureAnswer(msgspec.Struct, frozen=True):
    ecif_nos: list[str]
    """All numbers of the person; they resolve to a customer of whom nothing is known."""


class ExportAnswer(msgspec.Struct, frozen=True):
    """All that is held on a person, for that person (PIPL 45, GDPR 15 and 20)."""

    ecif_no: str
    former_numbers: list[str]
    made_at: datetime
    values: dict[str, GoldenValue]
    relations: list[Related]
    records: list[SourceRecord]
    """What each system says, and since when."""
    holdings: list[Held]
    recipients: list[Sync]
    """Systems that are told of changes, and how far they are (GDPR 15(1)(c))."""
    history: list[Happened]
    messages: list[Message]
    privacy: PrivacyAnswer
