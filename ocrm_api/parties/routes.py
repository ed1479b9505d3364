"""`GET /api/v1/parties/{ecif_no}`: the golden record."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Path, Response

from ecif import views
from ecif.model import Relation, Value
from ocrm_api.access.identity import Staff, needs
from ocrm_api.parties.schema import GoldenValue, Member, PartyView, Related
from ocrm_api.problems import documented
from ocrm_api.source import Source

Reader = Annotated[Staff, needs("parties.read")]
EcifNo = Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$", description="12 digits", examples=["100000000001"])]


def party_routes(source: Source) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["parties"])

    @router.get(
        "/{ecif_no}",
        response_model=PartyView,
        responses={
            304: {"description": "Not changed"},
            308: {"description": "Merged into the party at Location"},
            **documented(401, 403, 404, 422, 503),
        },
    )
    def party(
        ecif_no: EcifNo,
        staff: Reader,
        response: Response,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Any:
        """The golden record, every value with its lineage. A merged number redirects to the surviving one."""
        found = source.party(ecif_no)
        if found is None or not staff.scope.sees(found.golden):
            raise HTTPException(404, "no customer has this ECIF number")
        staff.saw(found.ecif_no)
        if found.ecif_no != ecif_no:
            return Response(status_code=308, headers={"Location": f"/api/v1/parties/{found.ecif_no}"})
        tag = f'"{found.ecif_no}-{found.version}"'
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers={"ETag": tag})
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"
        return shown(found, staff)

    return router


def shown(party: views.PartyView, staff: Staff) -> PartyView:
    golden = party.golden
    return PartyView(
        ecif_no=party.ecif_no,
        version=party.version,
        merged=list(party.merged),
        values={
            attribute: GoldenValue(
                value=_listed(staff.masked(attribute, one.value)),
                since=_moment(one.since),
                system=one.system,
                customer_no=one.customer_no,
                rule=one.rule,
            )
            for attribute, one in sorted(golden.values.items())
        },
        relations=[_related(staff, *one) for one in golden.relations],
        members=[_member(one) for one in party.members],
    )


def _listed(value: Value) -> str | list[str | None]:
    return value if isinstance(value, str) else list(value)


def _member(member: views.Member) -> Member:
    return Member(
        system=member.system,
        customer_no=member.customer_no,
        pending=member.pending,
        refused=member.refused,
        standoff=member.standoff,
    )


def _related(staff: Staff, system: str, customer_no: str, relation: Relation) -> Related:
    kind, number = relation.document or (None, None)
    shown_number = staff.masked(f"document:{kind}", number) if number else None
    return Related(
        system=system,
        customer_no=customer_no,
        type=relation.type,
        name=relation.name,
        document_type=kind,
        document_number=str(shown_number) if shown_number else None,
    )


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
