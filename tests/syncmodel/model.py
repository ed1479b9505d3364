"""Executable model of the hub's synchronisation rules. No I/O, one integer clock.

The project's own model of the Sync rules (rule set R3, final): the reference against which `ecif.reconcile`
and everything built on it are run, script by script. `Hub` holds what rule sets share, `R1` the belief of
what a record holds, `R3` the final rules, `R3Numbered` also the ECIF number a system knows its customer by.
Kept as plain as it can be; speed and form of storage do not matter here. The world it lives in: world.py.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

CLEAR = "*"
UNKNOWN = "?"
INF = 10**9
ATTRS = ("a", "b", "c")  # a: recency; b: trust A > B > C; c: recency, code table with a lossy mapping
VALUES = {
    "a": ("p", "q", "pp", "pp1", "pp2", "qq1"),
    "b": ("p", "q", "r", "pp1"),
    "c": ("m", "n", "m1", "m2"),
}
TRUST = {"a": {}, "b": {"A": 0, "B": 1, "C": 2, "D": 3}, "c": {}}


@dataclass(frozen=True)
class Conf:
    name: str
    carries: tuple = ATTRS
    width: int = 9  # lossy: text cut
    codes: tuple = ()  # lossy: ((standard, what this system can say), ...)
    applies: str = "all"  # truth: all | none (lies: confirms, applies nothing) | attrs, such as "ab"
    declared: str = (
        "applied"  # conf: what a positive reply means: applied | seen (believe it when echoed) | no
    )
    echoes: bool = True  # sends its full image after applying a push
    skew: int = 0

    def proj(self, attr, v):
        """v as this system would write it, read back."""
        if v is None or v == CLEAR or attr not in self.carries:
            return None if attr not in self.carries else v
        return dict(self.codes).get(v, v)[: self.width]


A = Conf("A")
B = Conf("B", width=2)
C = Conf("C", carries=("a", "c"), codes=(("m1", "m"), ("m2", "m")), width=2)
D = Conf("D", carries=("a", "b"))


# ---------------------------------------------------------------- golden: pure
def rank(attr, system, rec, c, freq):
    return (TRUST[attr].get(system, 9), -c[1], -len(c[0]), -freq[c[0]], system, rec)


def survive(attr, contribs, pins, confs, refine=True):
    """contribs: {rec: (value, since)} of one party; pins: [(when, value)]. Returns (value, since) or None."""
    if pins:
        when, v = max(pins)
        if v is not None:
            return (v, when)
    live = {r: c for r, c in contribs.items() if c is not None}
    if not live:
        return None
    freq = {}
    for v, _ in live.values():
        freq[v] = freq.get(v, 0) + 1
    order = sorted(live, key=lambda r: rank(attr, r[0], r, live[r], freq))
    best = order[0]
    if refine:  # a winner that is only its system's way of writing a fuller value yields to that value
        seen = {best}
        while True:
            nxt = [
                r
                for r in order
                if r not in seen
                and live[r][0] != live[best][0]
                and confs[best[0]].proj(attr, live[r][0]) == live[best][0]
                and len(live[r][0]) > len(live[best][0])
            ]
            if not nxt:
                break
            seen.add(nxt[0])
            best = nxt[0]
    return (live[best][0], max(live[order[0]][1], live[best][1]))


# ---------------------------------------------------------------- messages
@dataclass
class Image:
    id: int
    rec: str
    seq: int
    sent_at: int
    vals: dict
    dup: bool = False


@dataclass
class Reply:
    id: int
    rec: str
    push: Push
    ok: bool


@dataclass
class Push:
    id: int
    rec: str
    version: int
    vals: dict
    since: dict
    dup: bool = False


# ---------------------------------------------------------------- hubs: the rule sets
class Hub:
    """Shared: parties, pins, golden, one push in flight a record. Rule sets override image/confirm/due."""

    name = "base"
    clear_push = True
    bump_on_move = True  # merge, split and relink give every party concerned a new, higher version
    sparse = False  # pushes leave out what the record is believed to hold already

    def __init__(self, confs, recs):
        self.confs, self.recs = confs, list(recs)
        self.party = {}  # rec -> party
        self.into = {}  # party -> party it was merged into
        self.pins = {}  # (ecif number, attr) -> (when, value)
        self.withdrawn = set()  # records whose word a steward withdrew
        self.own = {r: dict.fromkeys(ATTRS) for r in recs}  # (value, since) genuine contribution
        self.seq = dict.fromkeys(recs, -1)
        self.version = {}  # party -> version
        self.last = {}  # party -> last golden
        self.counter = itertools.count(1)
        self.flying = dict.fromkeys(recs)
        self.refused = dict.fromkeys(recs)
        self.standoff = dict.fromkeys(recs, False)
        self.confirmed_at = {}
        self.pushed_versions = {r: [] for r in recs}
        self.npush = 0

    def conf(self, r):
        return self.confs[r[0]]

    def head(self, p):
        while p in self.into:
            p = self.into[p]
        return p

    def members(self, p):
        return [r for r in self.recs if self.head(self.party[r]) == p]

    def heads(self):
        return sorted({self.head(p) for p in self.party.values()})

    def golden(self, p, own=None):
        own = own or self.own
        out = {}
        for a in ATTRS:
            pins = [self.pins[k] for k in self.pins if k[1] == a and self.head(k[0]) == p]
            out[a] = survive(a, {r: own[r][a] for r in self.heard(p, own)}, pins, self.confs)
        return out

    def heard(self, p, own):
        """Withdrawn records count only while no other of the party says anything."""
        members = self.members(p)
        kept = [r for r in members if r not in self.withdrawn]
        return kept if any(own[r][a] for r in kept for a in ATTRS) else members

    def touch(self):
        for p in self.heads():
            g = self.golden(p)
            gv = {a: (c and c[0]) for a, c in g.items()}
            if self.bump_on_move:
                gv["members"] = tuple(self.members(p))
            if self.last.get(p) != gv:
                self.last[p] = gv
                self.version[p] = self.next_version(p)

    def next_version(self, p):
        return next(self.counter)

    def wanted(self, r):
        """What the record's system should hold: value per carried attribute, None where golden has none."""
        g = self.golden(self.head(self.party[r]))
        return {a: self.conf(r).proj(a, g[a] and g[a][0]) for a in self.conf(r).carries}

    def make_push(self, r, pid, now):
        g = self.golden(self.head(self.party[r]))
        w = self.wanted(r)
        vals = {
            a: (v if v is not None else (CLEAR if self.clear_push and self.holds(r, a) is not None else None))
            for a, v in w.items()
        }
        if self.sparse:
            vals = {a: (None if w[a] == self.holds(r, a) else vals[a]) for a in vals}
        p = Push(
            pid,
            r,
            self.version.get(self.head(self.party[r]), 0),
            vals,
            {a: (g[a][1] if g[a] else 0) for a in w},
        )
        self.flying[r] = p
        self.npush += 1
        self.pushed_versions[r].append(p.version)
        self.on_sent(r, p, now)
        return p

    def digest(self, vals):
        return tuple(sorted((a, v) for a, v in vals.items()))

    def holds(self, r, a):
        return None

    def on_sent(self, r, p, now):
        pass

    def on_refuse(self, r, p):
        self.refused[r] = self.digest(self.wanted(r))
        self.flying[r] = None

    def on_reply(self, m, now):
        if self.flying[m.rec] is None or self.flying[m.rec].id != m.push.id:
            return  # late reply of a push already settled
        if not m.ok:
            self.on_refuse(m.rec, m.push)
            return
        self.flying[m.rec] = None
        self.refused[m.rec] = None
        self.confirmed_at[m.push.id] = now
        self.on_confirm(m.rec, m.push, now)


class R1(Hub):
    """One belief of what the record holds: last image or confirmed push, whichever came later."""

    name = "R1 one belief"

    def __init__(self, *a):
        super().__init__(*a)
        self.held = {r: dict.fromkeys(ATTRS) for r in self.recs}

    def holds(self, r, a):
        return self.held[r][a]

    def echo(self, r, a, v):
        return v == self.held[r][a]

    def on_image(self, m, now):
        r = m.rec
        if m.seq <= self.seq[r]:
            return
        self.seq[r] = m.seq
        for a, v in m.vals.items():
            if v is None:
                continue
            v = None if v == CLEAR else v
            if not self.echo(r, a, v):
                self.own[r][a] = v and (v, m.sent_at)
            self.held[r][a] = v
        self.touch()

    def on_confirm(self, r, p, now):
        for a, v in p.vals.items():
            if v is not None:
                self.held[r][a] = None if v == CLEAR else v

    def due(self, r):
        if self.flying[r] or self.conf(r).declared == "no" or self.seq[r] < 0 or self.standoff[r]:
            return False
        w = self.wanted(r)
        return any(w[a] != self.held[r][a] for a in w) and self.refused[r] != self.digest(w)


@dataclass
class May:
    """One value the record may show without anybody having changed it."""

    value: object
    since: int = 0
    push: int = 0
    sent: int = -INF
    confirmed: int = INF  # hub times: first sent, positive reply
    shown: int = -INF  # send time of the image that showed it


class R3(R1):
    """Final. may[a]: what the record may show without a local change, last shown, then each pushed."""

    name = "R3 final"
    skew_bound = 0
    limit = 3
    hlc = True
    late = False  # also take genuine changes out of overtaken (stale) images

    def __init__(self, *a):
        super().__init__(*a)
        self.may = {r: {a: [May(None)] for a in ATTRS} for r in self.recs}
        self.insist = {r: dict.fromkeys(ATTRS, 0) for r in self.recs}
        self.own_seq = {
            r: dict.fromkeys(ATTRS, -1) for r in self.recs
        }  # seq of the image that first showed the own value
        self.shown = {
            r: dict.fromkeys(ATTRS) for r in self.recs
        }  # what images showed since the push in flight was first sent
        self.own_lo = {
            r: dict.fromkeys(ATTRS, -1) for r in self.recs
        }  # highest older seq known to show another value

    def on_refuse(self, r, p):
        super().on_refuse(r, p)
        if p.dup:  # refused only when repeated: the first copy may have been applied
            for a, v in p.vals.items():
                if v is not None and (None if v == CLEAR else v) != self.held[r][a]:
                    self.held[r][a] = UNKNOWN

    def on_sent(self, r, p, now):
        if self.conf(r).declared == "no":
            return
        self.shown[r] = {}
        for a, v in p.vals.items():
            if v is None:
                continue
            v = None if v == CLEAR else v
            self.may[r][a].append(May(v, p.since[a], p.id, now))

    def on_confirm(self, r, p, now):
        for a, v in p.vals.items():
            if v is None:
                continue
            v = None if v == CLEAR else v
            self.held[r][a] = (
                v if self.shown[r].get(a, v) == v else UNKNOWN
            )  # written before or after it was applied? push again
            for m in self.may[r][a]:
                if m.push == p.id:
                    m.confirmed = now

    def written(self, m):
        """A resend may carry a new send time: then nothing is known of when it was written."""
        return -INF if m.dup else m.sent_at

    def possible(self, r, a, m):
        """Entries not ruled out: one ends when a later one was confirmed before the image was written."""
        ms = self.may[r][a]
        first = 0
        for i, e in enumerate(ms):
            if (
                self.conf(r).declared == "applied"
                and e.confirmed + self.skew_bound < self.written(m)
                and e.sent >= ms[0].shown + self.skew_bound
            ):
                first = i
        return [i for i in range(first, len(ms)) if ms[i].sent <= m.sent_at + self.skew_bound]

    def on_image(self, m, now):
        r = m.rec
        if m.seq <= self.seq[r]:
            if self.late and m.seq > -1:
                self.on_late(m)
            return
        self.prev_seq, self.seq[r] = self.seq[r], m.seq
        w = self.wanted(r)
        for a, v in m.vals.items():
            if v is None:
                continue
            v = None if v == CLEAR else v
            ms, own = self.may[r][a], self.own[r][a]
            old = own and own[0]
            idx = [i for i in self.possible(r, a, m) if ms[i].value == v]
            rest = [
                e
                for e in (ms[idx[0] :] if idx else ms)
                if e.push and e.confirmed + self.skew_bound >= self.written(m)
            ]
            if idx:
                self.may[r][a] = [May(v, ms[idx[0]].since, 0, -INF, INF, self.written(m)), *rest]
            else:
                since = m.sent_at
                if self.hlc:
                    since = max(
                        [since]
                        + [
                            e.since + 1
                            for e in ms
                            if (not e.push or e.confirmed < INF) and e.sent <= m.sent_at + self.skew_bound
                        ]
                    )
                self.own[r][a] = v and (v, since)
                self.own_lo[r][a] = self.prev_seq
                self.own_seq[r][a] = m.seq
                self.may[r][a] = [May(v, since, 0, -INF, INF, self.written(m)), *rest]
            # a push confirmed after this image was written may have landed on top of it
            self.held[r][a] = UNKNOWN if any(e.confirmed < INF and e.value != v for e in rest) else v
            # insists: an old value again, although the wanted one was confirmed
            if (
                w.get(a) != v
                and (idx == [0] or (not idx and v == old))
                and any(e.push and e.value == w.get(a) and e.confirmed < INF for e in ms)
            ):
                self.insist[r][a] += 1
                if self.insist[r][a] > self.limit:
                    self.standoff[r] = True
            elif not idx:
                self.insist[r][a] = 0
            self.shown[r][a] = v
        self.touch()

    def on_late(self, m):
        """An overtaken image changes no value; it only dates the own value better."""
        r = m.rec
        for a, v in m.vals.items():
            if v in (None, CLEAR):
                continue
            own, hi, lo = self.own[r][a], self.own_seq[r][a], self.own_lo[r][a]
            if own and lo < m.seq < hi:
                if v == own[0]:
                    self.own[r][a] = (v, min(own[1], m.sent_at))
                    self.own_seq[r][a] = m.seq
                else:
                    self.own_lo[r][a] = m.seq
        self.touch()


class R3Numbered(R3):
    """R3, and the ECIF number as one more carried value: known from the reply to an own message on, and
    from a confirmed push; due when it is another one."""

    late = True

    def __init__(self, *a):
        super().__init__(*a)
        self.number_held = dict.fromkeys(self.recs)
        self.refused_number = dict.fromkeys(self.recs)

    def number(self, r):
        return self.head(self.party[r])

    def on_image(self, m, now):
        super().on_image(m, now)
        self.number_held[m.rec] = self.number(m.rec)

    def make_push(self, r, pid, now):
        p = super().make_push(r, pid, now)
        p.number = self.number(r)
        return p

    def on_confirm(self, r, p, now):
        super().on_confirm(r, p, now)
        self.number_held[r] = p.number

    def on_refuse(self, r, p):
        super().on_refuse(r, p)
        self.refused_number[r] = self.number(r)

    def is_refused(self, r):
        return self.refused[r] == self.digest(self.wanted(r)) and self.refused_number[r] == self.number(r)

    def due(self, r):
        if self.flying[r] or self.conf(r).declared == "no" or self.seq[r] < 0 or self.standoff[r]:
            return False
        w = self.wanted(r)
        differs = any(w[a] != self.held[r][a] for a in w) or self.number_held[r] not in (None, self.number(r))
        return differs and not self.is_refused(r)

    def release(self, r):
        """A steward's decision ends the standoff and the counting."""
        self.standoff[r] = False
        self.insist[r] = dict.fromkeys(ATTRS, 0)
