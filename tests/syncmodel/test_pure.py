"""The pure functions against the model, over random scripts; ECIF_SYNC_SCRIPTS runs more of them."""

import os

import pytest

from tests.soak import SOAK
from tests.syncmodel.driver import campaign
from tests.syncmodel.pure import PureHub

SCRIPTS = int(os.environ.get("ECIF_SYNC_SCRIPTS", 20_000 if SOAK else 500))


@pytest.mark.slow
@pytest.mark.fault("M7", "two systems that insist, in random scripts")
def test_every_step_agrees_with_the_model():
    assert campaign(PureHub, SCRIPTS) > SCRIPTS
