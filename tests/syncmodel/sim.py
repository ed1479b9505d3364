"""Random scripts of local edits, network and steward acts."""

from tests.syncmodel.model import ATTRS, CLEAR, VALUES

PARTIES = {"P1": ["A1", "B1", "C1"], "P2": ["A2", "D1"]}


def random_ops(rng, recs, n, steward=True, restamp=True, refuse=True, dupes=True):
    ops = []
    for _ in range(n):
        x = rng.random()
        if x < 0.28:
            r = rng.choice(recs)
            k = 1 if rng.random() < 0.7 else 2
            ops.append(
                (
                    "edit",
                    r,
                    {
                        a: (CLEAR if rng.random() < 0.08 else rng.choice(VALUES[a]))
                        for a in rng.sample(ATTRS, k)
                    },
                )
            )
        elif x < 0.60:
            ops.append(("take_up", rng.randrange(9)))
        elif x < 0.84:
            ops.append(
                (
                    "take_down",
                    rng.randrange(9),
                    rng.choice(
                        ["ok", "ok", "ok", "echo_first", "crash", "lost"]
                        + (["refuse"] if refuse and rng.random() < 0.1 else [])
                    ),
                )
            )
        elif x < 0.90 and dupes:
            ops.append(
                rng.choice(
                    [
                        ("resend_up", rng.randrange(9), restamp and rng.random() < 0.5),
                        ("dup_up", rng.randrange(9)),
                    ]
                )
            )
        elif steward and x < 0.925:
            ops.append(
                ("pin", rng.choice(["P1", "P2"]), rng.choice(ATTRS), rng.choice([None, None, "p", "q"]))
            )
        elif steward and x < 0.95:
            ops.append(("merge", "P1", "P2"))
        elif steward and x < 0.97:
            ops.append(("split", "P2"))
        elif steward and x < 0.985:
            ops.append((rng.choice(["withdraw", "withdraw", "restore"]), rng.choice(recs)))
        elif steward:
            ops.append(("move", "D1", rng.choice(["P1", "P2"])))
    return ops
