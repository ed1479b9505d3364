"""What operators order of a system: what routes of the API and pages of the console both call.

Figures of a system are of the whole bank, so whoever orders sees all of it.
"""

from fastapi import HTTPException

from ocrm_api.access.identity import Staff, whole_bank_only
from ocrm_api.bank import Bank
from ocrm_api.health.hub import HubSilent
from ocrm_api.health.orders import OrderRefused, order
from ocrm_api.operations.resyncing import Resyncs
from ocrm_api.operations.schema import ResyncAnswer, SystemState
from ocrm_api.operations.watching import Watch
from ocrm_api.parties.reading import NotThere
from ocrm_api.progress import UnderWay
from ocrm_api.settings import Settings


class Orders:
    def __init__(self, settings: Settings, bank: Bank, watch: Watch, resyncs: Resyncs) -> None:
        self._settings, self._bank, self._watch, self._resyncs = settings, bank, watch, resyncs

    def state(self, system: str, staff: Staff) -> SystemState:
        whole_bank_only(staff)
        for one in self._watch.systems():
            if one.name == system:
                return one
        raise NotThere

    def resync_state(self, system: str, staff: Staff) -> ResyncAnswer:
        self._check(system, staff)
        return self._resyncs.state(system)

    def pause(self, system: str, staff: Staff, *, reason: str) -> SystemState:
        """Nothing is pushed to it until it is resumed."""
        return self._follow("pause", system, staff, reason)

    def resume(self, system: str, staff: Staff, *, reason: str) -> SystemState:
        return self._follow("resume", system, staff, reason)

    def resync(
        self, system: str, staff: Staff, *, reason: str, since: int = 0, rehearse: bool = False
    ) -> ResyncAnswer:
        """409 while one is under way."""
        self._check(system, staff)
        actor = staff.because(reason)
        staff.note(system=system, rehearse=rehearse)
        try:
            return self._resyncs.start(system, since=since, rehearse=rehearse, actor=actor.name)
        except UnderWay as error:
            raise HTTPException(409, str(error)) from None

    def _check(self, system: str, staff: Staff) -> None:
        """By conf alone: the hub and the store are asked only for what is shown."""
        whole_bank_only(staff)
        if all(one.name != system for one in self._bank.systems()):
            raise NotThere

    def _follow(self, verb: str, system: str, staff: Staff, reason: str) -> SystemState:
        self._check(system, staff)
        staff.because(reason).note(system=system)
        socket = self._settings.hub_socket.with_name("control.sock")
        try:
            order(socket, self._settings.hub_seconds, do=verb, system=system)
        except HubSilent:
            raise HTTPException(503, "the hub is silent", {"Retry-After": "5"}) from None
        except OrderRefused as error:
            raise HTTPException(409, str(error)) from None
        return self.state(system, staff)
