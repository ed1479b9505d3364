"""Questions about a customer, and the verification of a document, which is named the same way."""

from adapters.codes import CodeTable
from adapters.declaration.messages import IdentifyMessage, QueryMessage, VerifyMessage
from adapters.mapping import CLEAR, CustomerMap
from adapters.reading import Problems, note_once, read_code
from adapters.refusals import BLANK, BLANK_RULE, CLEARED_RULE, UNREADABLE, Problem
from adapters.texts import plain_text
from ecif.messages import Envelope, Identification, PartyQuery, Verification
from formats.codec import Codec, Fields, Path


class QuestionReader:
    def __init__(self, codec: Codec, mapped: CustomerMap) -> None:
        self._codec, self._mapped = codec, mapped

    def verification(
        self, message: VerifyMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Verification:
        at = message.fields
        document = self._document(at.document_type, at.document_number, fields, (), problems)
        return Verification(envelope, fields.get(at.ecif_no, ""), document)

    def identification(
        self, message: IdentifyMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> Identification:
        at = message.fields
        type, number = "", ""
        names = (at.document_type, at.document_number)
        if at.documents is None:
            type, number = self._document(*names, fields, (), problems)
        elif fields.get(at.documents):  # an absent one is a required field that is blank
            type, number = self._document(*names, fields[at.documents][0], (at.documents, 0), problems)
        return Identification(envelope, plain_text(fields.get(at.name, "")), (type, number))

    def _document(
        self, type_at: str, number_at: str, entry: Fields, path: Path, problems: Problems
    ) -> tuple[str, str]:
        type = self._document_type(entry, (*path, type_at), problems)
        number = entry.get(number_at, "")
        if number in ("", CLEAR):
            rule = CLEARED_RULE if number == CLEAR else BLANK_RULE
            note_once(Problem(BLANK, (*path, number_at), rule), problems)
        return type, plain_text(number)

    def _document_type(self, entry: Fields, path: Path, problems: Problems) -> str:
        table = self._document_table()
        known = len(problems)
        own = entry.get(str(path[-1]), "")
        code = read_code(table, own, path, problems) if table else str(own)
        if code in ("", CLEAR) and len(problems) == known:
            note_once(Problem(BLANK, path, CLEARED_RULE if code == CLEAR else BLANK_RULE), problems)
        return code

    def _document_table(self) -> CodeTable | None:
        documents = next((family for family in self._mapped.families if family.name == "document"), None)
        return documents.table if documents else None

    def query(
        self, message: QueryMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> PartyQuery:
        at, named_by = message.fields, self._named_by(message, fields, problems)
        customer_no, ecif_no, system = (
            fields.get(field, "") if field else "" for field in (at.customer_no, at.ecif_no, at.system)
        )
        if not self._mapped.own_numbers and not system:
            customer_no, ecif_no = "", ecif_no or customer_no
        document = None
        if named_by and named_by == at.document_number and at.document_type:
            document = self._document(at.document_type, at.document_number, fields, (), problems)
        return PartyQuery(envelope, ecif_no, customer_no, system, document, self._has_lists(message.reply))

    def _named_by(self, message: QueryMessage, fields: Fields, problems: Problems) -> str | None:
        """The one field that says which party is meant."""
        at = message.fields
        asked = [field for field in (at.customer_no, at.ecif_no, at.document_number) if field]
        given = [field for field in asked if fields.get(field, "")]
        if len(given) > 1:
            problems.append(Problem(UNREADABLE, (given[1],), f"beside {given[0]}"))
        elif not given:
            problems.append(Problem(BLANK, (self._missing(message, fields) or asked[0],), BLANK_RULE))
        return given[0] if given else None

    def _missing(self, message: QueryMessage, fields: Fields) -> str | None:
        """Of a pair of which only the other half is there."""
        at = message.fields
        pairs = ((at.system, at.customer_no), (at.document_type, at.document_number))
        return next((field for beside, field in pairs if beside and fields.get(beside)), None)

    def _has_lists(self, reply: str) -> bool:
        lists = (self._mapped.holdings, self._mapped.relations)
        return any(listed is not None and (listed.list,) in self._codec.paths(reply) for listed in lists)
