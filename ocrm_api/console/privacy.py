"""The rights of the person on the customer's page: purposes and consent, access, restriction, erasure
(PIPL 13-15, 44-47; GDPR 6, 7, 15-21). The same acts as the API's, by the same rights.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from ecif.stewardship import Changed
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.customers import EcifNo
from ocrm_api.console.kit import Kit, checked, go, read_form, reason_of
from ocrm_api.console.reviews import shown, versions_field, versions_of
from ocrm_api.parties import reading
from ocrm_api.privacy.desk import LookedAt, tag
from ocrm_api.privacy.schema import AskedConsent, AskedErasure, AskedRestriction, PrivacyAnswer

Reader = Annotated[Staff, needs("privacy.read")]
Changer = Annotated[Staff, needs("privacy.change")]
Exporter = Annotated[Staff, needs("privacy.export")]
Eraser = Annotated[Staff, needs("privacy.erase")]
Form = Annotated[dict[str, str], Depends(read_form)]
CHANNELS = ("branch", "telephone", "letter", "app", "web")


def privacy_pages(kit: Kit) -> APIRouter:
    router = APIRouter(prefix="/customers/{ecif_no}/privacy")

    @router.get("", response_class=HTMLResponse)
    def rights(request: Request, ecif_no: EcifNo, staff: Reader) -> HTMLResponse:
        told = kit.privacy.told(ecif_no, staff)
        head, _ = reading.resolved(kit.store(), ecif_no, staff)
        name = head.golden.values.get("name")
        return kit.pages.show(
            request, "customer/privacy.html", staff, section="search", ecif_no=ecif_no, told=told,
            name="".join(shown("name", name.value, staff)[:1]) if name else ecif_no, channels=CHANNELS,
            versions=versions_field({head.ecif_no: head.version}), tag=tag(told),
            in_force={one.purpose for one in told.consents if one.withdrawn_at is None},
        )  # fmt: skip

    @router.post("/consents")
    def consent(ecif_no: EcifNo, staff: Changer, form: Form) -> Response:
        asked = checked(
            AskedConsent,
            {"purpose": form.get("purpose"), "given": form.get("given") == "yes",
             "notice": form.get("notice", "").strip() or "none", "channel": form.get("channel"),
             "reason": reason_of(form)},
        )  # fmt: skip
        kit.privacy.consent(
            ecif_no, staff, _as_shown(form), purpose=asked.purpose, given=asked.given, notice=asked.notice,
            channel=asked.channel, reason=asked.reason,
        )  # fmt: skip
        return go(_here(ecif_no), "consent")

    @router.post("/restriction")
    def restrict(ecif_no: EcifNo, staff: Changer, form: Form) -> Response:
        wanted = {"restricted": form.get("restricted") == "yes", "reason": reason_of(form)}
        asked = checked(AskedRestriction, wanted)
        kit.privacy.restrict(
            ecif_no, staff, _as_shown(form), restricted=asked.restricted, reason=asked.reason
        )
        return go(_here(ecif_no), "restricted" if asked.restricted else "unrestricted")

    @router.post("/export")
    def export(ecif_no: EcifNo, staff: Exporter) -> Response:
        """A file for the person: clear where the role may see it so, with the reason that the form states."""
        if staff.reason is None:
            raise HTTPException(422, "reason: state who asked for it, and how he was identified")
        held = msgspec.json.format(msgspec.json.encode(kit.privacy.export(ecif_no, staff)), indent=2)
        headers = {
            "Content-Disposition": f'attachment; filename="{ecif_no}.json"',
            "Cache-Control": "no-store",
        }
        return Response(held, media_type="application/json", headers=headers)

    @router.post("/erasure")
    def erase(ecif_no: EcifNo, staff: Eraser, form: Form) -> Response:
        """For good: the number is typed once more, and what was looked at still holds."""
        asked = checked(AskedErasure, {"reason": reason_of(form)})
        if form.get("typed", "").strip() != ecif_no:
            raise HTTPException(422, "typed: is not this customer's ECIF number")
        expected = versions_of(form).get(ecif_no)
        if expected is None:
            raise HTTPException(422, "versions: is not what this page gave")
        kit.privacy.erase(ecif_no, staff, expected=expected, reason=asked.reason)
        return go("/console/search", "erased")

    return router


def _as_shown(form: Mapping[str, str]) -> LookedAt:
    """What a page that was left open, or a second click, would change is not what it showed."""

    def looked_at(told: PrivacyAnswer) -> None:
        if form.get("tag") != tag(told):
            raise Changed("the consents or the restriction are not what the page showed: look again")

    return looked_at


def _here(ecif_no: str) -> str:
    return f"/console/customers/{ecif_no}/privacy"
