from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.declaration.customer import AddressesSection, DocumentsSection, PhonesSection
from adapters.declaration.sections import CodesFile, SystemSection, UnknownSection, sections_of

SLOT = {"type": "T", "number": "N", "codes": "document"}


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (DocumentsSection, SLOT),
        (DocumentsSection, SLOT | {"list": "L", "expiry": "X"}),
        (DocumentsSection, {"fields": {"passport": {"number": "P"}}}),
        (PhonesSection, {"fields": {"mobile": "M"}}),
        (PhonesSection, {"list": "L", "use": "U", "number": "N", "codes": "phone_use"}),
        (AddressesSection, {"by_kind": {"person": "home", "organization": "work"}, "line": "A"}),
        (AddressesSection, {"use": "U", "line": "A", "codes": "address_use"}),
        (AddressesSection, {"fields": {"home": {"line": "A", "postcode": "P"}}}),
        (UnknownSection, {}),
        (UnknownSection, {"reply": "RP01"}),
        (UnknownSection, {"reply": "+1", "like": "0x21"}),
        (SystemSection, {}),
    ],
)
def test_forms_that_work(model: Any, data: dict[str, Any]) -> None:
    model.model_validate(data)


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (DocumentsSection, {}),
        (DocumentsSection, {"type": "T", "number": "N"}),
        (DocumentsSection, SLOT | {"fields": {"passport": {"number": "P"}}}),
        (PhonesSection, {"use": "U", "number": "N", "codes": "phone_use"}),
        (PhonesSection, {"fields": {"mobile": "M"}, "list": "L"}),
        (AddressesSection, {"by_kind": {"person": "home"}, "line": "A"}),
        (AddressesSection, {"by_kind": {"person": "home", "organization": "work"}, "line": "A", "use": "U"}),
        (AddressesSection, {"line": "A"}),
        (AddressesSection, {"fields": {"home": {"line": "A"}}, "line": "A"}),
        (UnknownSection, {"reply": "+1"}),
        (UnknownSection, {"reply": "RP01", "like": "RP01"}),
        (UnknownSection, {"reply": "+0", "like": "RP01"}),
        (SystemSection, {"time_zone": "Asia/Shanghai"}),
        (SystemSection, {"clock_skew_seconds": 0}),
        (SystemSection, {"pushes": "maybe"}),
        (SystemSection, {"titel": "x"}),
        (CodesFile, {"gender": ["male", 1]}),
    ],
)
def test_forms_that_do_not(model: Any, data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(data)


def test_the_role_says_which_fields_a_message_has(shipped: Callable[[str], dict[str, Any]]) -> None:
    data = shipped("core")
    data["messages"]["CN01"]["fields"]["name"] = "X"
    with pytest.raises(ValidationError, match="renumber"):
        sections_of(data)


def test_sections_are_frozen(shipped: Callable[[str], dict[str, Any]]) -> None:
    sections = sections_of(shipped("core"))
    with pytest.raises(ValidationError):
        sections.system = SystemSection()  # type: ignore[misc]
