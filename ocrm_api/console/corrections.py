"""What staff say of a customer: corrections, which compete like any system's word; decisions on values."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif.corrections import NotCorrect, correction
from ecif.decisions import Pin
from ecif.explaining import Explained
from ecif.model import ADDRESS_USES, DOCUMENT_TYPES, PHONE_USES, SINGLE, Value
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.customers import EcifNo
from ocrm_api.console.kit import Kit, go, now, read_form, reason_of

Form = Annotated[dict[str, str], Depends(read_form)]
CORRECTED: Final = (
    *(name for name in SINGLE if name != "kind"),
    *(f"phone:{use}" for use in PHONE_USES),
    *(f"address:{use}" for use in ADDRESS_USES),
    *(f"document:{type}" for type in DOCUMENT_TYPES),
)
CODED: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("active", "closed", "deceased"),
    "gender": ("male", "female"),
    "marital": ("single", "married", "widowed", "divorced"),
    "education": (
        "postgraduate", "bachelor", "college", "secondary_technical", "high_school", "junior_high",
        "primary", "other",
    ),
    "risk": ("R1", "R2", "R3", "R4", "R5"),
}  # fmt: skip
TWO: Final = ("document", "address")
"""Families whose values have a second part: expiry, postcode."""


def correction_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/customers/{ecif_no}")

    @router.get("/correct", response_class=HTMLResponse)
    def ask(
        request: Request, ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.correct")],
        attribute: Annotated[str, Query(max_length=60)] = "",
    ) -> HTMLResponse:  # fmt: skip
        party = kit.party(ecif_no, staff)
        return _page(kit, request, staff, party.ecif_no, party.version, attribute)

    @router.post("/correct")
    def correct(
        request: Request, ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.correct")], form: Form
    ) -> Response:
        party = kit.party(ecif_no, staff)
        attribute, reason = form.get("attribute", ""), reason_of(form)
        if attribute not in CORRECTED:
            raise HTTPException(422, "attribute: there is none of this name")
        try:
            said = correction(
                party.ecif_no, {attribute: _value(attribute, form)}, actor=staff.name, reason=reason,
                id=form.get("once", "")[:40] or token_urlsafe(12), now=now(),
            )  # fmt: skip
        except NotCorrect as error:
            return _page(kit, request, staff, party.ecif_no, party.version, attribute, str(error), 422)
        staff.note(attribute=attribute)
        kit.source.act(lambda service: service.correct(said, now()))
        return go(f"/console/customers/{party.ecif_no}", "corrected")

    @router.post("/pin")
    def pin(ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.pin")], form: Form) -> Response:
        """The value that a record says holds from now on: named by its record, so that nobody need see it."""
        party, reason = kit.party(ecif_no, staff), reason_of(form)
        attribute = form.get("attribute", "")
        said = kit.source.act(lambda service: service.golden_values(party.ecif_no))
        value = _said_by(said, attribute, form.get("system", ""), form.get("customer_no", ""))
        outcome = kit.source.act(
            lambda service: service.decide(
                Pin(party.ecif_no, attribute, value), actor=staff.name, reason=reason, now=now()
            )
        )
        done = "waiting" if outcome.state == "proposed" else "pinned"
        return go(f"/console/customers/{party.ecif_no}", done)

    @router.post("/unpin")
    def unpin(ecif_no: EcifNo, staff: Annotated[Staff, needs("parties.pin")], form: Form) -> Response:
        """The sources speak again."""
        party, reason = kit.party(ecif_no, staff), reason_of(form)
        attribute = form.get("attribute", "")
        outcome = kit.source.act(
            lambda service: service.unpin(
                party.ecif_no, attribute, actor=staff.name, reason=reason, now=now()
            )
        )
        done = "waiting" if outcome.state == "proposed" else "unpinned"
        return go(f"/console/customers/{party.ecif_no}", done)

    return router


def _page(
    kit: Kit, request: Request, staff: Staff, ecif_no: str, version: int, attribute: str, why: str = "",
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    known = attribute in CORRECTED
    return kit.pages.show(
        request, "corrections/correct.html", staff, status=status, section="search", ecif_no=ecif_no,
        version=version, attributes=CORRECTED, attribute=attribute if known else "",
        codes=CODED.get(attribute, ()), two=attribute.partition(":")[0] in TWO, why=why,
        once=token_urlsafe(12),
    )  # fmt: skip


def _value(attribute: str, form: Mapping[str, Any]) -> Value | None:
    """As the form's fields have it. Empty: what staff said before is withdrawn."""
    first, second = (str(form.get(name, "")).strip()[:400] for name in ("value", "second"))
    if not first:
        return None
    if attribute.partition(":")[0] not in TWO:
        return first.replace("-", "") if attribute == "born" else first
    if attribute.startswith("document:"):
        second = second.replace("-", "")
    return (first, second or None)


def _said_by(values: tuple[Explained, ...], attribute: str, system: str, customer_no: str) -> Value:
    for one in values:
        if one.attribute != attribute:
            continue
        if (one.system, one.customer_no) == (system, customer_no) and one.value is not None:
            return one.value
        for other in one.others:
            if (other.system, other.customer_no) == (system, customer_no):
                return other.value
    raise HTTPException(422, "attribute: this record says nothing of it")
