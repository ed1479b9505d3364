"""`GET /api/v1/parties/{ecif_no}`: the golden record.

There are no staff accounts yet, so nobody can be told apart: customers' data is shown to this machine only.
"""

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request, Response

from ecif import views
from ecif.model import Relation, Value
from ocrm_api.parties.schema import GoldenValue, Member, PartyView, Related
from ocrm_api.problems import documented
from ocrm_api.source import Source

EcifNo = Annotated[str, Path(pattern=r"^[1-9][0-9]{11}$", description="12 digits", examples=["100000000001"])]


def party_routes(source: Source) -> APIRouter:
    router = APIRouter(prefix="/api/v1/parties", tags=["parties"], dependencies=[Depends(_this_machine_only)])

    @router.get(
        "/{ecif_no}",
        response_model=PartyView,
        responses={
            304: {"description": "Not changed"},
            308: {"description": "Merged into the party at Location"},
            **documented(403, 404, 422, 503),
        },
    )
    def party(
        ecif_no: EcifNo, response: Response, if_none_match: Annotated[str | None, Header()] = None
    ) -> Any:
        """The golden record, every value with its lineage. A merged number redirects to the surviving one."""
        found = source.party(ecif_no)
        if found is None:
            raise HTTPException(404, "no customer has this ECIF number")
        if found.ecif_no != ecif_no:
            return Response(status_code=308, headers={"Location": f"/api/v1/parties/{found.ecif_no}"})
        tag = f'"{found.ecif_no}-{found.version}"'
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers={"ETag": tag})
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"
        return shown(found)

    return router


def _this_machine_only(request: Request) -> None:
    host = request.client.host if request.client else ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise HTTPException(403, "customers are shown to this machine only until there are staff accounts")


def shown(party: views.PartyView) -> PartyView:
    golden = party.golden
    return PartyView(
        ecif_no=party.ecif_no,
        version=party.version,
        merged=list(party.merged),
        values={
            attribute: GoldenValue(
                value=_shown_value(attribute, one.value),
                since=_moment(one.since),
                system=one.system,
                customer_no=one.customer_no,
                rule=one.rule,
            )
            for attribute, one in sorted(golden.values.items())
        },
        relations=[_related(*one) for one in golden.relations],
        members=[_member(one) for one in party.members],
    )


def _shown_value(attribute: str, value: Value) -> str | list[str | None]:
    if isinstance(value, str):
        return value
    if not attribute.startswith("document:"):
        return list(value)
    number, *rest = value
    return [masked(number or ""), *rest]


def masked(number: str) -> str:
    """Document numbers are masked everywhere outside the wire: the last four characters tell them apart."""
    return "*" * (len(number) - 4) + number[-4:] if len(number) > 4 else "*" * len(number)


def _member(member: views.Member) -> Member:
    return Member(
        system=member.system,
        customer_no=member.customer_no,
        pending=member.pending,
        refused=member.refused,
        standoff=member.standoff,
    )


def _related(system: str, customer_no: str, relation: Relation) -> Related:
    kind, number = relation.document or (None, None)
    return Related(
        system=system,
        customer_no=customer_no,
        type=relation.type,
        name=relation.name,
        document_type=kind,
        document_number=masked(number) if number else None,
    )


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
