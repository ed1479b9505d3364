"""A correction as the API takes and answers it."""

from typing import Annotated

import msgspec

from ocrm_api.bodies import Reason, Said, sized


class AskedCorrection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Attribute → value; null withdraws what staff said before. A document is [number, expiry or null], an
    address [line, postcode or null]."""

    values: Annotated[dict[str, Said | None], msgspec.Meta(min_length=1, max_length=50)]
    reason: Reason

    def __post_init__(self) -> None:
        for value in self.values.values():
            sized(value)


class CorrectionAnswer(msgspec.Struct, frozen=True):
    ecif_no: str
    version: int
    state: str
    """"applied", "unchanged" or "review": applied, and a steward is asked if it is another customer, too."""


ASKED = AskedCorrection(
    values={"phone:mobile": "13912345678", "email": None, "address:home": ("和平路1号", "100010")},
    reason="he called and was identified",
)
ANSWER = CorrectionAnswer("100000000001", 8, "applied")
