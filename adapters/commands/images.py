"""Images of customers → changes: a full one, a new customer, one under its ECIF number, another number."""

from adapters.clock import offset_seconds
from adapters.declaration.messages import RenumberMessage
from adapters.declaration.sections import SystemSections
from adapters.envelopes import EnvelopeReader
from adapters.lists import ListReader
from adapters.mapping import CustomerMap
from adapters.reading import CustomerReader, Problems, note_once, read_optional_seq, read_seq
from adapters.refusals import BLANK, BLANK_RULE, Problem
from ecif.messages import Amendment, CustomerImage, Envelope, NumberReplaced, Opening
from ecif.model import PartyChange
from formats.codec import Fields


class ImageReader:
    def __init__(
        self,
        sections: SystemSections,
        mapped: CustomerMap,
        envelopes: EnvelopeReader,
        customer: CustomerReader,
    ) -> None:
        self._mapped, self._envelopes, self._customer = mapped, envelopes, customer
        self._offset = offset_seconds(sections.system.time_zone)
        self._lists = ListReader(mapped)

    def customer(self, envelope: Envelope, fields: Fields, problems: Problems) -> CustomerImage:
        mapped = self._mapped
        seq = read_seq(fields, mapped.seq, mapped.seq_limit, problems)
        self._envelopes.read_time(envelope, fields, problems)
        values, named = self._customer.read(fields, problems)
        relations = self._lists.relations(fields, problems)
        holdings = self._lists.holdings(fields, problems)
        number, sent = fields.get(mapped.number, ""), self._envelopes.since(envelope)
        since = self._customer.since(fields, values, sent, self._offset)
        change = PartyChange(number, seq, sent, envelope.duplicate, values, named, relations, holdings, since)
        return CustomerImage(envelope, change)

    def opening(self, envelope: Envelope, fields: Fields, problems: Problems) -> Opening:
        change = self._unnumbered(envelope, fields, problems)
        documents = next(family for family in self._mapped.families if family.name == "document")
        if not any(name.startswith("document:") and value for name, value in change.values.items()):
            note_once(Problem(BLANK, (documents.list or documents.main,), BLANK_RULE), problems)
        return Opening(envelope, change)

    def amendment(self, envelope: Envelope, fields: Fields, problems: Problems) -> Amendment:
        return Amendment(envelope, self._unnumbered(envelope, fields, problems))

    def _unnumbered(self, envelope: Envelope, fields: Fields, problems: Problems) -> PartyChange:
        """An image whose system need not number its changes; holdings and relations are not its to say."""
        mapped = self._mapped
        seq = read_optional_seq(fields, mapped.seq, mapped.seq_limit, problems)
        values, named = self._customer.read(fields, problems)
        number, since = fields.get(mapped.number, ""), self._envelopes.since(envelope)
        return PartyChange(number, seq, since, envelope.duplicate, values, named)

    def renumbered(
        self, message: RenumberMessage, envelope: Envelope, fields: Fields, problems: Problems
    ) -> NumberReplaced:
        at = message.fields
        seq = read_seq(fields, at.seq, self._mapped.seq_limit, problems)
        return NumberReplaced(envelope, fields.get(at.old, ""), fields.get(at.new, ""), seq)
