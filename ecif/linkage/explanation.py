"""Why two records are one, or are not: what each comparison says, and what the rules above the score say."""

from dataclasses import dataclass
from typing import Any

from ecif.linkage.comparing import Values
from ecif.linkage.compiled import CompiledModel


@dataclass(frozen=True)
class Explanation:
    comparisons: list[tuple[str, str, float]]
    """Comparison, level, weight; the prior first."""
    rules: list[str]
    shared_keys: list[str]
    """Blocking keys both have; without one they are never compared."""
    score: float
    verdict: str
    """"link", "review" or "apart"."""

    def as_json(self) -> dict[str, Any]:
        names = ("comparison", "level", "weight")
        return {
            "comparisons": [dict(zip(names, one, strict=True)) for one in self.comparisons],
            "rules": self.rules,
            "shared_keys": self.shared_keys,
            "score": max(min(self.score, 1e9), -1e9),
            "verdict": self.verdict,
        }


def explanation(model: CompiledModel, a: Values, b: Values) -> Explanation:
    score, thresholds = model.score(a, b), model.declared.thresholds
    shared = set(model.keys(a)) & set(model.keys(b))
    blocks = sorted({key[0] for key in shared})
    verdict = "link" if score >= thresholds.link else "review" if score >= thresholds.review else "apart"
    return Explanation(
        list(model.explain(a, b)),
        list(model.rules(a, b)),
        [", ".join(model.declared.block[block].on) for block in blocks],
        score,
        verdict if shared else "apart",
    )
