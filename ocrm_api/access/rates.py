"""How often: each account by session and by token, and addresses that show no or wrong credentials."""

from ocrm_api.guard.conf import HttpLimits
from ocrm_api.guard.rates import Rate


class Rates:
    """Each call counts a request, and gives the seconds to wait where it is one too many."""

    def __init__(self, limits: HttpLimits) -> None:
        self._sessions = Rate(limits.session_requests_per_second)
        self._tokens = Rate(limits.token_requests_per_second)
        self._refusals = Rate(limits.refusals_per_second)

    def wait(self, via: str, account: str) -> float:
        return (self._tokens if via == "token" else self._sessions).wait(account)

    def refused(self, address: str) -> float:
        """It showed no or wrong credentials."""
        return self._refusals.wait(address)
