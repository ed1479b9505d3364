"""Every name that a declaration uses must be there; all faults are told at once, with their keys."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapters.declaration.sections import SystemSections, sections_of
from adapters.dialect import SystemDialect, build_dialect
from formats.codec import Codec
from formats.errors import DeclarationError

Codes = Mapping[str, tuple[str, ...]]
Shipped = Callable[[str], dict[str, Any]]


def faults(codec: Codec, data: dict[str, Any], codes: Codes) -> list[DeclarationError]:
    with pytest.raises(ExceptionGroup) as raised:
        build_dialect("x", sections_of(data), codec, codes)
    return [error for error in raised.value.exceptions if isinstance(error, DeclarationError)]


def with_change(data: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    *above, last = path.split("/")
    table = data
    for part in above:
        table = table[part]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("envelope/id", "SERIOL", "envelope.id"),
        ("envelope/sent_at", "SENT", "envelope.sent_at"),
        ("envelope/duplicate/field", "DUB", "envelope.duplicate"),
        ("messages/LN10/required", ["SERIAL", "NAMES"], "messages.LN10.required.1"),
        ("messages/LN10/reply", "LN12", "messages.LN10.reply"),
        ("messages/LN10/reply", "LN20", "messages.LN10.reply"),
        ("messages/LN99", {"role": "heartbeat_reply"}, "messages.LN99"),
        ("messages/LN20/fields/version", "VERSON", "messages.LN20.fields.version"),
        ("messages/LN30/fields/name", "NAMEN", "messages.LN30.fields.name"),
        ("messages/LN11/codes", "nowhere", "messages.LN11.codes"),
        ("unknown/reply", "LN10", "unknown.reply"),
        ("system/harmless", ["LOAN.STATUS", "LOAN.STATE"], "system.harmless.1"),
        ("customer/number", "CUSTNO", "customer.number"),
        ("customer/seq", "SEK", "customer.seq"),
        ("customer/values/nmae", {"field": "NAME"}, "customer.values.nmae"),
        ("customer/values/name/field", "NAMEN", "customer.values.name.field"),
        ("customer/values/gender/codes", "gendre", "customer.values.gender.codes"),
        ("customer/values/kind", None, "customer.values.kind"),
        ("customer/documents/number", "IDNO", "customer.documents.number"),
        ("customer/documents/codes", "documents", "customer.documents.codes"),
        ("customer/phones/fields/fax", "MOBILE", "customer.phones.fields.fax"),
        ("customer/phones/fields/home", "TEL", "customer.phones.fields.home"),
        ("customer/addresses/line", "ADDRES", "customer.addresses.line"),
        ("customer/relations/name", "NAMEN", "customer.relations.name"),
        ("customer/relations/type/codes", "relations", "customer.relations.type.codes"),
        ("customer/holdings/list", "LOANS", "customer.holdings.list"),
        ("customer/holdings/ccy/field", "CURRENCY", "customer.holdings.ccy"),
        ("customer/holdings/check", [{"field": "GRADE", "codes": "grades"}], "customer.holdings.check.codes"),
        ("codes/gender/mael", ["3"], "codes.gender.mael"),
        ("codes/gender/female", ["1"], "codes.gender.female"),
        ("system/pushes", "no", "system.pushes"),
        ("messages/LN20", None, "system.pushes"),
    ],
)
def test_a_name_that_is_not_there(
    loan: SystemDialect, codes: Codes, shipped: Shipped, path: str, value: Any, key: str
) -> None:
    found = faults(loan.codec, with_change(shipped("loan"), path, value), codes)
    assert key in {error.key for error in found}
    assert all(str(error).startswith(error.key) for error in found)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("sign_on/type", "0x20", "sign_on.type"),
        ("sign_on/fields/nonce", "once", "sign_on.fields.nonce"),
        ("sign_on", None, "messages"),
        ("unknown/like", "0x20", "unknown.like"),
        ("unknown/no_type", "0x99", "unknown.no_type"),
        ("customer/documents/list", "document", "customer.documents.list"),
        ("customer/addresses/postcode", "zip", "customer.addresses.postcode"),
        ("messages/0x22/fields/documents", "document", "messages.0x22.fields.documents"),
    ],
)
def test_in_ebank(
    ebank: SystemDialect, codes: Codes, shipped: Shipped, path: str, value: Any, key: str
) -> None:
    found = faults(ebank.codec, with_change(shipped("ebank"), path, value), codes)
    assert key in {error.key for error in found}


def test_all_faults_are_told_at_once(core: SystemDialect, codes: Codes, shipped: Shipped) -> None:
    data = with_change(shipped("core"), "envelope/id", "X")
    data["customer"]["addresses"]["by_kind"] = {"person": "house", "organization": "registered"}
    data["codes"]["risk"]["R9"] = ["R9"]
    keys = {error.key for error in faults(core.codec, data, codes)}
    assert {"envelope.id", "customer.addresses.by_kind.house", "codes.risk.R9"} <= keys


def test_the_standard_codes_of_families_are_the_model_s(
    core: SystemDialect, codes: Codes, shipped: Shipped
) -> None:
    data = shipped("core")
    short = dict(codes) | {"phone_use": ("mobile",)}
    assert [error.key for error in faults(core.codec, data, short)] == ["phone_use"]


@pytest.mark.parametrize("system", ["core", "loan", "ebank"])
def test_shipped_systems_have_none(
    system: str,
    sections: Callable[[str], SystemSections],
    request: pytest.FixtureRequest,
    codes: Codes,
) -> None:
    dialect = request.getfixturevalue(system)
    assert repr(build_dialect(system, sections(system), dialect.codec, codes)).startswith("<SystemDialect")
