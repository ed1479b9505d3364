"""The world around the model: systems with lossy projections, a network, the truth, and verdicts.

A world holds systems, records (one customer of one system), parties, a hub (rule set under test) and the
omniscient truth: which local edits were genuine. Every interleaving is chosen by a script of operations.
Time is one tick an operation; a system's clock is time plus its skew.
"""

import itertools
from dataclasses import dataclass, field

from tests.syncmodel.model import ATTRS, CLEAR, INF, Image, Reply


@dataclass
class Rec:
    name: str
    vals: dict
    seq: int = 0
    applied: int = -1
    since: dict = field(default_factory=lambda: dict.fromkeys(ATTRS, 0))
    unseen: dict = field(
        default_factory=lambda: {a: [] for a in ATTRS}
    )  # values overwritten by pushes since the last image sent
    pushed: dict = field(default_factory=lambda: {a: set() for a in ATTRS})
    reverts: dict = field(default_factory=dict)  # automaton: puts attr back to value after each push


class World:
    def __init__(self, hub_cls, confs, parties, fifo=True, hub_opts=None, version_check=True):
        self.confs = {c.name: c for c in confs}
        self.recs = {r: Rec(r, dict.fromkeys(ATTRS)) for p in parties.values() for r in p}
        self.hub = hub_cls(self.confs, self.recs)
        for k, v in (hub_opts or {}).items():
            setattr(self.hub, k, v)
        for p, rs in parties.items():
            for r in rs:
                self.hub.party[r] = p
        self.now = 0
        self.ids = itertools.count(1)
        self.up, self.down = [], []
        self.fifo, self.version_check = fifo, version_check
        self.seen_ids = set()
        self.truth = {r: dict.fromkeys(ATTRS) for r in self.recs}
        self.taint = {
            r: dict.fromkeys(ATTRS) for r in self.recs
        }  # reason why the edit cannot be told from messages alone
        self.edits = {
            r: {a: [] for a in ATTRS} for r in self.recs
        }  # (value, sent, previous image's sent, overwritten unseen)
        self.pushes = {r: [] for r in self.recs}  # (push, first sent)
        self.last_image = dict.fromkeys(self.recs, -INF)
        self.causal = []  # edits: (record, attribute, value, since of the value edited)
        self.used_edits = 0

    def clock(self, r):
        return self.now + self.confs[r[0]].skew

    # inputs
    def edit(self, r, changes):
        rec, conf = self.recs[r], self.confs[r[0]]
        done, fresh = False, []
        for a, v in changes.items():
            if a not in conf.carries:
                continue
            v = None if v in (None, CLEAR) else conf.proj(a, v)
            if rec.vals[a] == v:
                continue
            done = True
            sent = self.clock(r)
            fresh.append(a)
            self.edits[r][a].append(
                (
                    v,
                    sent,
                    self.last_image[r],
                    [pid for x, pid in rec.unseen[a] if x == v],
                    {x for x, _ in rec.unseen[a]},
                )
            )
            self.causal.append((r, a, v, rec.since[a]))
            since = max(sent, rec.since[a] + 1) if getattr(self.hub, "hlc", False) else sent
            rec.vals[a] = v
            rec.since[a] = since
            self.truth[r][a] = v and (v, since)
        if done:
            cleared = {a for a, v in changes.items() if a in conf.carries and rec.vals[a] is None}
            self.image(r, cleared)
            for a in fresh:
                self.edits[r][a][-1] += (self.up[-1],)
        return done

    def image(self, r, cleared=()):
        rec, conf = self.recs[r], self.confs[r[0]]
        rec.seq += 1
        vals = {
            a: (rec.vals[a] if rec.vals[a] is not None else (CLEAR if a in cleared else None))
            for a in conf.carries
        }
        # a system that has known the attribute keeps sending the clear mark for it
        for a in conf.carries:
            if rec.vals[a] is None and (self.truth[r][a] is not None or rec.since[a] > 0 or rec.pushed[a]):
                vals[a] = CLEAR
        rec.unseen = {a: [] for a in ATTRS}
        self.last_image[r] = self.clock(r)
        self.up.append(Image(next(self.ids), r, rec.seq, self.clock(r), vals))

    # network
    def pump(self):
        for r in self.recs:
            if self.hub.due(r):
                self.down.append(self.hub.make_push(r, next(self.ids), self.now))
                self.pushes[r].append((self.down[-1], self.now))

    def take_up(self, i):
        if not self.up:
            return
        i %= len(self.up)
        m = self.up[i]
        if self.fifo:  # one connection a system: replies and images in the order written
            i = next(j for j, x in enumerate(self.up) if x.rec[0] == m.rec[0])
            m = self.up[i]
        elif self.fifo is None:  # images of one record in order, replies free (short connections)
            i = (
                next((j for j, x in enumerate(self.up) if x.rec == m.rec and isinstance(x, Image)), i)
                if isinstance(m, Image)
                else i
            )
            m = self.up[i]
        self.up.pop(i)
        if m.id in self.seen_ids:
            return
        self.seen_ids.add(m.id)
        if isinstance(m, Image):
            self.hub.on_image(m, self.now)
        else:
            self.hub.on_reply(m, self.now)

    def resend_up(self, i, restamp):
        """Lost and sent again: possible duplicate, perhaps restamped, behind the others unless fifo."""
        ims = [j for j, m in enumerate(self.up) if isinstance(m, Image)]
        if not ims:
            return
        j = ims[i % len(ims)]
        m = self.up[j]
        m.dup = True
        if restamp:
            m.sent_at = self.clock(m.rec)
        if self.fifo is False:
            self.up.append(self.up.pop(j))

    def dup_up(self, i):
        if self.up:
            self.up.append(self.up[i % len(self.up)])

    def take_down(self, i, how="ok"):
        if not self.down:
            return
        i %= len(self.down)
        p = self.down[i]
        if how == "lost":
            return  # stays: the hub repeats it, same id
        rec, conf = self.recs[p.rec], self.confs[p.rec[0]]
        if how == "refuse":
            self.down.pop(i)
            self.up.append(Reply(next(self.ids), p.rec, p, False))
            return
        changed = False
        if conf.applies != "none" and not (self.version_check and p.version < rec.applied):  # noqa: SIM102
            if not p.dup:
                for a, v in p.vals.items():
                    if v is None or (conf.applies != "all" and a not in conf.applies):
                        continue
                    v = None if v == CLEAR else v
                    rec.pushed[a].add(v)
                    if rec.vals[a] != v:
                        rec.unseen[a].append((rec.vals[a], p.id))
                        rec.vals[a] = v
                        changed = True
                    rec.since[a] = p.since[a]
                rec.applied = p.version
        if how == "crash":
            p.dup = True  # applied, no reply; the repeat finds the id in the system's own journal
            if changed and conf.echoes:
                self.image(p.rec)
            return
        self.down.pop(i)
        reply = Reply(next(self.ids), p.rec, p, True)
        if how == "echo_first" and changed and conf.echoes:
            self.image(p.rec)
            self.up.append(reply)
        else:
            self.up.append(reply)
            if changed and conf.echoes:
                self.image(p.rec)
        for a, v in rec.reverts.items():
            if rec.vals[a] != v:
                self.edit(p.rec, {a: v})

    # steward
    def pin(self, p, a, v):
        self.hub.pins[(p, a)] = (self.now, v)
        self.hub.touch()
        for r in self.hub.recs:
            self.hub.standoff[r] = False

    def merge(self, p, q):
        p, q = self.hub.head(p), self.hub.head(q)
        if p != q:
            self.hub.into[q] = p
            self.hub.last.pop(q, None) if self.hub.bump_on_move else None
            self.hub.touch()

    def split(self, q):
        if q in self.hub.into:
            del self.hub.into[q]
            self.hub.touch()

    def move(self, r, p):
        self.hub.party[r] = p
        self.hub.touch()

    def withdraw(self, r):
        """True when it was done: somebody else must be left to speak."""
        p = self.hub.head(self.hub.party[r])
        others = [x for x in self.hub.members(p) if x not in self.hub.withdrawn | {r}]
        if r in self.hub.withdrawn or not any(self.hub.own[x][a] for x in others for a in ATTRS):
            return False
        self.hub.withdrawn.add(r)
        self.hub.touch()
        return True

    def restore(self, r):
        if r not in self.hub.withdrawn:
            return False
        self.hub.withdrawn.remove(r)
        self.hub.touch()
        return True

    def step(self, op):
        self.now += 1
        kind, *args = op
        getattr(self, kind)(*args)
        self.pump()

    def drain(self, bound=400):
        """Inputs stop; the network delivers everything. Returns pushes made, or None when it did not end."""
        start = self.hub.npush
        for _ in range(bound):
            self.now += 1
            self.pump()
            if not self.up and not self.down:
                return self.hub.npush - start
            if self.up:
                self.take_up(0)
            elif self.down:
                self.take_down(0)
        return None

    # verdicts
    def tainted(self, r, a):
        """The last edits cannot be told from an echo or a late image by anything the hub sees."""
        h, k, taint = self.hub, getattr(self.hub, "skew_bound", 3), None
        applied = self.confs[r[0]].declared == "applied"
        pushed = set()
        for v, sent, prev, pids, unseen, im in self.edits[r][a]:
            why = None
            for p, first in self.pushes[r]:
                pv = p.vals.get(a)
                if pv is None:
                    continue
                pv = None if pv == CLEAR else pv
                if first <= sent + k:
                    pushed.add(pv)
                if (
                    pv == v
                    and first <= (INF if im.dup else sent) + k
                    and prev <= h.confirmed_at.get(p.id, INF) + k
                ):
                    why = "coincidence"
            if pids and not (
                applied and not im.dup and sent > max(h.confirmed_at.get(i, INF) for i in pids) + k
            ):
                why = why or "unseen revert"
            if (
                taint
                and why is None
                and v in pushed | unseen | {e[0] for e in self.edits[r][a] if e[1] < sent}
            ):
                why = taint
            taint = why
        return taint

    def verdicts(self):
        h, bad = self.hub, []
        for r in self.recs:
            for a in self.confs[r[0]].carries:
                if self.tainted(r, a):
                    continue
                o, t = h.own[r][a], self.truth[r][a]
                if (o and o[0]) != (t and t[0]):
                    bad.append(("P4 lost or false change", r, a, "hub", o, "truth", t))
                elif o and o[1] != t[1]:
                    bad.append(("P3 since", r, a, "hub", o, "truth", t))
        dirty = {(h.head(h.party[r]), a) for r in self.recs for a in ATTRS if self.tainted(r, a)}
        for p in h.heads():
            g, gt = h.golden(p), h.golden(p, self.truth)
            for a in ATTRS:
                if (p, a) not in dirty and (g[a] and g[a][0]) != (gt[a] and gt[a][0]):
                    bad.append(("P3 golden", p, a, g[a], gt[a]))
        for r, rec in self.recs.items():
            c = self.confs[r[0]]
            if (
                c.applies != "all"
                or c.declared == "no"
                or h.standoff[r]
                or h.refused[r] == h.digest(h.wanted(r))
                or h.seq[r] < 0
            ):
                continue
            for a, v in h.wanted(r).items():
                if rec.vals[a] != v:
                    bad.append(("P2 diverged", r, a, "holds", rec.vals[a], "golden", v))
        for r, a, v, base in self.causal:
            o = h.own[r][a]
            if (
                o
                and v == o[0]
                and not self.tainted(r, a)
                and o[1] <= base
                and [c for c in self.causal if c[:2] == (r, a)][-1] == (r, a, v, base)
            ):
                bad.append(("causal inversion", r, a, o, base))
        for r, vs in h.pushed_versions.items():
            if any(y < x for x, y in itertools.pairwise(vs)):
                bad.append(("inv3 version fell", r, vs))
        return bad
