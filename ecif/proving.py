"""Is history as it was written? Chains of change events, anchors, checkpoints: what `ecif verify` says.

| kind | what is wrong |
|---|---|
| chain | an event is not the one that was chained, is missing or stands elsewhere; the last are missing |
| anchor | what was anchored is gone or another; an anchor is not the one that was made, or is missing |
| checkpoint | the record of what was pruned is not the one that was signed |
| history | the events do not lead to the party as it stands |
| version | a party's version and its newest event disagree |

Details name numbers of events, never a value.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ecif.anchoring import digest_of, root_of
from ecif.chaining import algorithm_of, link
from ecif.past import Entry, State, after
from ecif.signing import Signer
from ecif.store import anchors, proofs
from ecif.store.proofs import Checkpoint, Trail
from ecif.store.reports import View

Finding = tuple[str, str, str]
"""(kind, ECIF number, detail)"""
Signers = Mapping[str, Signer]
"""By the names of their keys."""


def prove(connection: View, signers: Signers) -> Iterator[Finding]:
    for trail in proofs.trails(connection):
        yield from _trail(trail, signers)
    for number in proofs.homeless(connection):
        yield "history", number, "of a party that is not there"
    for head, anchor, there in anchors.broken_heads(connection):
        said = "is another than the one that was" if there else "is missing that was"
        yield "anchor", head.ecif_no, f"event {head.seq} {said} anchored by anchor {anchor}"
    yield from _anchors(connection, signers)


# ---------------------------------------------------------------- one party


def _trail(trail: Trail, signers: Signers) -> Iterator[Finding]:
    number, checkpoint = trail.ecif_no, trail.checkpoint
    if checkpoint is not None and not _signed(checkpoint, signers):
        yield "checkpoint", number, "is not the one that was signed"
    links = list(broken_links(trail.events, checkpoint))
    yield from (("chain", number, said) for said in links)
    last = trail.events[-1] if trail.events else None
    if trail.chain and (last is None or (last["seq"], last["chain"]) != (trail.seq, trail.chain)):
        found = last["seq"] if last else "none"
        yield "chain", number, f"its last event is {found}, the party says {trail.seq}"
    version = last["version"] if last else 0
    if version != trail.version:
        yield "version", number, f"is {trail.version}, its newest event {version}"
    elif not links and _leads_elsewhere(trail):
        yield "history", number, "its events do not lead to what it shows now"


def broken_links(events: list[dict[str, Any]], checkpoint: Checkpoint | None) -> Iterator[str]:
    """What does not follow from what stands before it. Events from before there was a chain are unproven."""
    previous, seq = (checkpoint.chain, checkpoint.seq) if checkpoint else ("", None)
    for event in events:
        chain = event["chain"]
        if chain is None:
            if previous:
                yield f"event {event['seq']} is not chained"
            seq = event["seq"]
            continue
        if seq is not None and event["seq"] != seq + 1 and previous:
            yield f"{event['seq'] - seq - 1} event(s) before event {event['seq']} are missing"
        elif link(previous, event, event["state"], algorithm_of(chain)) != chain:
            yield f"event {event['seq']} is not the one that was chained"
        previous, seq = chain, event["seq"]


def _leads_elsewhere(trail: Trail) -> bool:
    if any(event["chain"] is None for event in trail.events):
        return False  # the oldest ones do not say whose the values were
    state = State()
    if trail.checkpoint is not None:
        golden, merged_into = trail.checkpoint.golden()
        state = State(trail.checkpoint.seq, golden=golden, merged_into=merged_into)
    for event in trail.events:
        state = after(state, entry_of(event))
    now, then = trail.golden, state.golden
    same = (now.values, now.members, now.relations) == (then.values, then.members, then.relations)
    return not same or state.merged_into != trail.merged_into


def entry_of(event: Mapping[str, Any]) -> Entry:
    return Entry(
        event["ecif_no"], event["seq"], event["version"], event["cause"], event["system"] or "",
        event["message_id"], event["actor"] or "", event["reason"] or "", event["holds_from"],
        event["stored_at"], msgspec.json.decode(event["difference"]),
    )  # fmt: skip


def _signed(checkpoint: Checkpoint, signers: Signers) -> bool:
    """What was signed by a key that is not at hand is not called false."""
    if not checkpoint.key_name or checkpoint.key_name not in signers:
        return True
    return signers[checkpoint.key_name].signed(checkpoint.sealed(), checkpoint.signature)


# ---------------------------------------------------------------- anchors


def _anchors(connection: View, signers: Signers) -> Iterator[Finding]:
    previous, number = "", 0
    for anchor in anchors.all_anchors(connection):
        if anchor.id != number + 1:
            yield "anchor", "", f"{anchor.id - number - 1} anchor(s) before anchor {anchor.id} are missing"
        elif digest_of(previous, anchor, algorithm_of(anchor.digest)) != anchor.digest:
            yield "anchor", "", f"anchor {anchor.id} is not the one that was chained"
        if root_of(anchors.heads_of(connection, anchor.id), algorithm_of(anchor.root)) != anchor.root:
            yield "anchor", "", f"the heads of anchor {anchor.id} are not those that were anchored"
        signer = signers.get(anchor.key_name)
        if signer is not None and not signer.signed(anchor.digest, anchor.signature):
            yield "anchor", "", f"anchor {anchor.id} is not the one that was signed"
        previous, number = anchor.digest, anchor.id
