"""The driver finds what it is there to find: hubs with one rule broken disagree with the model soon."""

import pytest
from msgspec.structs import replace

from ecif.model import UNKNOWN, Attribute
from tests.syncmodel.driver import Disagreement, play, scripts, shrink
from tests.syncmodel.pure import PureHub


class NeverInDoubt(PureHub):
    """Takes the image's word where it crossed a confirmation."""

    def on_image(self, image, now):
        super().on_image(image, now)
        record = self.records[image.rec]
        sure = {
            name: Attribute(a.own, a.whole_may()[0].value, a.may, a.insist) if a.held == UNKNOWN else a
            for name, a in record.attributes.items()
        }
        self.records[image.rec] = replace(record, attributes=sure)


class SendsAndForgets(PureHub):
    """Expects no echo of a push."""

    def take_due(self, now):
        before = dict(self.records)
        sent = super().take_due(now)
        for rec in sent:
            self.records[rec] = replace(self.records[rec], attributes=before[rec].attributes)
        return sent


class NeverLate(PureHub):
    """Throws overtaken images away."""

    def on_image(self, image, now):
        if image.seq > self.records[image.rec].seq:
            super().on_image(image, now)


class KeepsItsNumber(PureHub):
    """Tells no system that its customer was merged."""

    def merge(self, survivor, absorbed, now):
        super().merge(survivor, absorbed, now)
        for rec, record in self.records.items():
            self.records[rec] = replace(record, number_held="")


@pytest.mark.parametrize("broken", [NeverInDoubt, SendsAndForgets, NeverLate, KeepsItsNumber])
def test_a_broken_rule_is_found_and_its_script_shrunk(broken):
    for variant, ops in scripts(1000):
        try:
            play(broken, variant, ops)
        except Disagreement:
            shortest, why = shrink(broken, variant, ops)
            assert len(shortest) <= len(ops)
            assert why
            return
    pytest.fail("nobody noticed")
