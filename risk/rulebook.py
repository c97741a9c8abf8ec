"""The rulebook: every number of the scorecard, the hardships and the windows, in one content-hashed object."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Lengths in bank days; every window ends at the as-of day, inclusive."""

    activity_days: int = 90
    spend_days: int = 30
    cash_days: int = 7
    change_days: int = 7
    drain_days: int = 30
    income_silence_days: int = 35
    income_history_days: int = 180


@dataclass(frozen=True, kw_only=True)
class SegmentRules:
    """Patterns of behaviour, inferred from transactions alone."""

    known_from_txns: int = 10
    regular_income_salaries: int = 2
    drain_txn_ratio: float = 0.7
    overspender_ratio: float = 2.0


@dataclass(frozen=True, kw_only=True)
class ScoreRules:
    """Points per signal. Steps are (bound, points), the strictest first."""

    scored_from_txns: int = 3
    no_salary_txns_at_least: tuple[tuple[int, float], ...] = ((15, 3.0), (8, 2.0), (4, 1.0))
    days_since_salary_over: tuple[tuple[int, float], ...] = ((45, 2.0), (30, 1.0))
    withdrawals_at_least: tuple[tuple[int, float], ...] = ((12, 2.0), (6, 1.5), (4, 1.0))
    spending_change_under: tuple[tuple[float, float], ...] = ((-60.0, 2.0), (-35.0, 1.0))
    survival_txns_over: int = 10
    survival_full_points: float = 1.0
    survival_ratio: float = 4.0
    survival_ratio_points: float = 0.5
    segment_from_points: float = 2.0
    income_shock_points: float = 1.0
    silent_drain_txns_under: int = 10
    silent_drain_points: float = 0.5
    high_from: float = 5.0
    medium_from: float = 3.0


@dataclass(frozen=True, kw_only=True)
class HardshipRules:
    """When a hardship matches."""

    from_txns: int = 3
    income_txns: int = 5
    income_gap_days_over: int = 30
    income_gap_withdrawals: int = 3
    liquidity_withdrawals: int = 5
    liquidity_change_under: float = -20.0
    liquidity_withdrawals_alone: int = 8
    compression_txns: int = 5
    compression_change_under: float = -40.0
    compression_ratio: float = 3.0
    leverage_share_over: float = 0.7
    leverage_txns: int = 5
    overspending_ratio: float = 2.5
    overspending_amount_over: float = 3000.0
    overspender_ratio: float = 2.0
    overspender_amount_over: float = 2000.0


@dataclass(frozen=True, kw_only=True)
class SalaryInference:
    """When a credit that nobody flagged counts as salary: about the same amount, about a month apart."""

    gap_days: tuple[int, int] = (25, 36)
    amount_tolerance: float = 0.25
    smallest_amount: float = 1000.0


@dataclass(frozen=True, kw_only=True)
class RulebookContent:
    """One immutable set of rules."""

    version: str = "equilibrate-1"
    windows: Windows = field(default_factory=Windows)
    salary: SalaryInference = field(default_factory=SalaryInference)
    segment: SegmentRules = field(default_factory=SegmentRules)
    score: ScoreRules = field(default_factory=ScoreRules)
    hardship: HardshipRules = field(default_factory=HardshipRules)

    def as_json(self) -> dict[str, Any]:
        """The content as JSON-serialisable data."""
        content: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "RulebookContent":
        """Read what `as_json` wrote.

        Raises:
            TypeError, KeyError: it has other parts than this release knows.
        """
        parts = {
            name: kind(**{key: _as_tuples(value) for key, value in content[name].items()})
            for name, kind in PARTS.items()
        }
        return cls(version=content["version"], **parts)

    def content_hash(self) -> str:
        """sha256 of the canonical JSON: sorted keys, no white space."""
        canonical = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


PARTS: dict[str, Any] = {
    "windows": Windows,
    "salary": SalaryInference,
    "segment": SegmentRules,
    "score": ScoreRules,
    "hardship": HardshipRules,
}


def _as_tuples(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


EQUILIBRATE_1 = RulebookContent()
