"""What staff can be allowed to do: the names that roles list in conf and routes ask for.

A route names one by `needs("…")`; a name that is not here fails when the application is put together. Add a
line, then give it to roles in `conf/staff.toml` and to the defaults in `ocrm_api.access.conf`.
"""

from collections.abc import Mapping

PERMISSIONS: Mapping[str, str] = {
    "account.own": "see one's own account, log out, change one's own password and second factor",
    "account.tokens": "make and revoke API tokens of one's own, within one's own permissions",
    "parties.search": "search customers",
    "parties.read": "read a golden record, its source records, relations, holdings and sync state",
    "parties.history": "read what a customer was on another day, and who changed it",
    "parties.export": "take lists of customers out as files, up to the role's export_rows",
    "parties.correct": "correct a customer's values as staff",
    "parties.pin": "decide which value of a customer holds, and take the decision back",
    "parties.merge": "merge, split and move customers",
    "reviews.read": "see the review queue and the evidence of a task",
    "reviews.decide": "decide a review: link, separate, never the same",
    "reviews.release": "release what another steward decided (four eyes)",
    "changes.read": "follow the feed of changes and fetch delta files",
    "quality.read": "read the figures of data quality",
    "privacy.read": "read purposes, consents and requests of the person",
    "privacy.change": "record consent and its withdrawal, restrict a person's data",
    "privacy.export": "export all that is held on a person",
    "privacy.erase": "erase a person's data",
    "operations.read": "see systems, sessions, rates, lag and what is set aside",
    "operations.change": "replay and discard messages, resync, pause a system, count data quality",
    "journal.read": "search the journal of messages",
    "messages.read": "see a message's fields in an annotated dump, masked",
    "conf.read": "see the conf in force, without secrets",
    "trail.read": "search the audit trail and have it verified",
    "staff.read": "see accounts and roles",
    "staff.change": "make, change and disable accounts, issue and revoke tokens",
}
EVERY = "*"
"""In conf: all of them."""
