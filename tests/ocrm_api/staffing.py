"""Accounts for tests of the HTTP application: one of any role, with a token."""

from ocrm_api.access.accounts import Accounts
from ocrm_api.access.conf import StaffConf
from ocrm_api.chains import OCRM
from ocrm_api.database import Database


def bearer(
    url: str, role: str, name: str = "", *, conf: StaffConf | None = None, scopes: tuple[str, ...] = (),
    **account: object,
) -> dict[str, str]:  # fmt: skip
    """Headers of an account of this role, made where it is not there yet."""
    database = Database(url, OCRM)
    accounts = Accounts(database, conf or StaffConf())
    try:
        name = name or role
        if not accounts.knows(name):
            accounts.add(name, role, **account)  # type: ignore[arg-type]
        token = accounts.issue_token(name, days=1, scopes=scopes or None)
    finally:
        database.close()
    return {"Authorization": f"Bearer {token}"}
