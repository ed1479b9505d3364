"""What the tables hold, for people who look at them with SQL: Oracle keeps it beside them (COMMENT ON)."""

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "counter": "Next free number of each kind, taken in blocks",
    "message": "Message in or out with its outcome; never pruned, it is what repeats are known by",
    "message_body": "Raw bytes of a message; may be pruned by age",
    "party": "Golden record; single values in columns (cut to 400 characters), whole in DETAIL",
    "party_name": "Golden name, and between which versions it held",
    "party_document": "Golden identity document, and between which versions it held",
    "party_contact": "Golden phone number or e-mail address, and between which versions it held",
    "party_address": "Golden address, and between which versions it held",
    "party_relation": "Relation that a source record lists",
    "party_holding": "Account, loan or product that a source record lists",
    "source_record": "What one system says of one of its customers, and whose party that is",
    "match_key": "Key that another record must share to be the same customer",
    "change_event": "What happened to a party, by whom and why; each is chained by hash to the one before",
    "party_snapshot": "All that held of a party after the change event of this number",
    "anchor": "Digest over the heads of all chains of change events that grew since the anchor before",
    "anchor_head": "How far a party's chain of change events had come at an anchor",
    "history_checkpoint": "Where a party's chain of change events begins now that older ones were pruned",
    "legal_hold": "Order that a party's history must not be pruned; LIFTED_AT 0 is in force",
    "sync_state": "What a system holds of one of its customers, and the push that is due or in flight",
    "review_task": "Question for a steward; CLOSED_AT 0 is open",
    "no_match": "Two parties that a steward declared different",
    "merge_event": "Merge or split of two parties",
    "merge_member": "Source record that a merge or split moved",
}

COLUMNS: Mapping[str, str] = {
    "ecif_no": "Number of the party, given once",
    "head": "ECIF number that this resolves to now",
    "merged_into": "ECIF number this one was merged into",
    "rev": "Counts the writes of the row: an update names the one it read",
    "detail": "JSON: golden values with their winners, pins, match keys",
    "contributions": "JSON: values with since when each holds",
    "difference": "JSON: attribute, and before it, after it, and whose value that is",
    "chain": "Hash over the row and the chain of the row before it",
    "state": "JSON: golden values with their winners, relations, members, where it was merged into",
    "placed_at": "Microseconds since 1970-01-01 00:00 UTC",
    "lifted_at": "Microseconds since 1970-01-01 00:00 UTC; 0: in force",
    "pruned_at": "Microseconds since 1970-01-01 00:00 UTC",
    "anchored_at": "Microseconds since 1970-01-01 00:00 UTC",
    "flying": "JSON: the push in flight",
    "stored_at": "Microseconds since 1970-01-01 00:00 UTC",
    "holds_from": "Microseconds since 1970-01-01 00:00 UTC",
    "valid_from": "Microseconds since 1970-01-01 00:00 UTC",
    "valid_until": "Microseconds since 1970-01-01 00:00 UTC; empty: it holds now",
    "next_attempt": "Microseconds since 1970-01-01 00:00 UTC; empty: nothing to do",
    "due_since": "Microseconds since 1970-01-01 00:00 UTC",
    "decided_at": "Microseconds since 1970-01-01 00:00 UTC",
    "opened_at": "Microseconds since 1970-01-01 00:00 UTC",
    "closed_at": "Microseconds since 1970-01-01 00:00 UTC",
    "occurrence": "0 uses up the message id; others are repeats with other content",
}
"""Of columns of these names in any table."""

MONTHLY = ("message_body", "change_event")
"""Tables that only grow, by STORED_AT: one partition a month."""
