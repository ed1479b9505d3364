"""Two customers beside each other, to merge or to declare different; and splitting what was merged."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from ecif.decisions import Merge, Split
from ecif.stewardship import NotPossible
from ocrm_api.access.identity import Staff, needs
from ocrm_api.console.kit import Kit, go, now, read_form, reason_of
from ocrm_api.console.reviews import compared, shown_preview, versions_field, versions_of

Merger = Annotated[Staff, needs("parties.merge")]
Form = Annotated[dict[str, str], Depends(read_form)]
Number = Annotated[str, Query(max_length=12)]


def merging_pages(kit: Kit) -> APIRouter:
    router = APIRouter()

    @router.get("/merge", response_class=HTMLResponse)
    def beside(request: Request, staff: Merger, one: Number = "", other: Number = "") -> HTMLResponse:
        """First who, then both beside each other with what merging them would do."""
        filled: dict[str, Any] = {"one": one.strip(), "other": other.strip(), "evidence": None, "why": ""}
        if one and other:
            filled |= _beside(kit, staff, one.strip(), other.strip())
        return kit.pages.show(request, "merging/merge.html", staff, section="search", **filled)

    @router.post("/merge")
    def merge(staff: Merger, form: Form) -> Response:
        survivor, absorbed = (_seen(kit, staff, form.get(name, "")) for name in ("survivor", "absorbed"))
        reason, expected = reason_of(form), versions_of(form)
        outcome = kit.source.act(
            lambda service: service.merge(
                survivor, absorbed, actor=staff.name, reason=reason, now=now(), expected=expected
            )
        )
        done = "waiting" if outcome.state == "proposed" else "merged"
        return go(f"/console/customers/{outcome.ecif_no}", done)

    @router.post("/different")
    def different(staff: Merger, form: Form) -> Response:
        one, other = (_seen(kit, staff, form.get(name, "")) for name in ("survivor", "absorbed"))
        reason = reason_of(form)
        outcome = kit.source.act(
            lambda service: service.no_match(one, other, actor=staff.name, reason=reason, now=now())
        )
        return go(f"/console/customers/{one}", "waiting" if outcome.state == "proposed" else "different")

    @router.get("/split", response_class=HTMLResponse)
    def apart(request: Request, staff: Merger, number: Number) -> HTMLResponse:
        """What both would be."""
        kit.party(number, staff)
        try:
            preview = kit.source.act(lambda service: service.preview(Split(number), now=now()))
        except NotPossible as error:
            raise HTTPException(422, str(error)) from None
        return kit.pages.show(
            request, "merging/split.html", staff, section="search", number=number, preview=preview,
            previewed=shown_preview(preview, staff), versions=versions_field(preview.versions),
        )  # fmt: skip

    @router.post("/split")
    def split(staff: Merger, form: Form) -> Response:
        number = form.get("number", "")
        kit.party(number, staff)
        reason, expected = reason_of(form), versions_of(form)
        outcome = kit.source.act(
            lambda service: service.split(
                number, actor=staff.name, reason=reason, now=now(), expected=expected
            )
        )
        done = "waiting" if outcome.state == "proposed" else "split"
        return go(f"/console/customers/{number if done == 'split' else outcome.ecif_no}", done)

    return router


def _seen(kit: Kit, staff: Staff, number: str) -> str:
    return kit.party(number, staff).ecif_no


def _beside(kit: Kit, staff: Staff, one: str, other: str) -> dict[str, Any]:
    left, right = _seen(kit, staff, one), _seen(kit, staff, other)
    if left == right:
        return {"why": "one"}
    survivor, absorbed = sorted((left, right))
    evidence = kit.source.act(lambda service: service.compare(survivor, absorbed))
    try:
        preview = kit.source.act(lambda service: service.preview(Merge(survivor, absorbed), now=now()))
    except NotPossible as error:
        return {"why": str(error)}
    return {
        "evidence": evidence,
        "rows": compared(evidence, staff),
        "preview": preview,
        "previewed": shown_preview(preview, staff),
        "versions": versions_field(preview.versions),
        "survivor": survivor,
        "absorbed": absorbed,
    }
