"""Every number of the simulator, settled by docs/decisions/0002-simulator.md and not tuned afterwards.

Tuples over personas follow ``codes.Persona`` (STABLE, OVERSPENDER, INCOME_SHOCK, SILENT_DRAIN), tuples over
employment follow ``codes.Employment``, tuples over purchases the first seven of ``codes.Category``. Amounts
are rupees, shares and probabilities 0–1, a pair is (low, high) of a uniform distribution.
"""

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256

Pair = tuple[float, float]
ByPersona = tuple[Pair, Pair, Pair, Pair]


@dataclass(frozen=True)
class Work:
    """Employment, income and pay day."""

    shares: tuple[float, ...] = (0.62, 0.15, 0.11, 0.04, 0.08)
    median_income: tuple[float, ...] = (48_000, 45_000, 26_000, 16_000, 30_000)
    income_sigma: tuple[float, ...] = (0.50, 0.60, 0.30, 0.40, 0.40)
    tier_factor: tuple[float, ...] = (1.20, 1.00, 0.85)
    income_bounds: Pair = (9_000, 400_000)
    employers: int = 400
    pay_days: tuple[int, ...] = (1, 5, 7, 10, 25, 28, 30)
    pay_day_weights: tuple[float, ...] = (0.26, 0.08, 0.12, 0.06, 0.12, 0.12, 0.24)
    employer_early_prob: float = 0.10
    employer_late_prob: float = 0.02
    employer_late_days: Pair = (1, 6)
    salary_sigma: float = 0.02
    gig_week_sigma: float = 0.25
    receipt_prob: float = 0.28
    receipt_sigma: float = 0.60
    trade_month_sigma: float = 0.25


@dataclass(frozen=True)
class Lending:
    """Loans: who has one, how large, and how the bank collects it."""

    has_loan_prob: float = 0.85
    second_loan_prob: float = 0.10
    product_weights: tuple[float, ...] = (0.38, 0.17, 0.16, 0.12, 0.12, 0.05)
    emi_share: Pair = (0.08, 0.34)
    second_emi_share: Pair = (0.03, 0.09)
    due_after_pay_prob: float = 0.65
    due_after_pay_days: Pair = (2, 8)
    due_days: tuple[int, ...] = (2, 5, 7, 10, 15, 20)
    least_months_left: int = 12
    no_mandate_prob: float = 0.12
    retry_gap_days: tuple[int, ...] = (2, 3, 5, 7)
    retries: int = 2


@dataclass(frozen=True)
class Home:
    """Rent, bills, insurance and the household's budget."""

    rents_prob: float = 0.45
    rent_share: Pair = (0.15, 0.26)
    electricity_share: Pair = (0.015, 0.035)
    telecom_share: Pair = (0.008, 0.018)
    electricity_sigma: float = 0.20
    insured_prob: float = 0.40
    insurance_share: Pair = (0.010, 0.030)
    least_flexible_share: float = 0.25
    cash_share: ByPersona = ((0.04, 0.16), (0.03, 0.12), (0.04, 0.16), (0.04, 0.16))
    cash_small_town_factor: float = 1.3
    cash_count_month: Pair = (1.5, 4.5)
    essential_share: ByPersona = ((0.40, 0.65), (0.12, 0.28), (0.40, 0.65), (0.40, 0.65))
    transfer_share: Pair = (0.04, 0.12)
    spend_ratio: ByPersona = ((0.72, 0.95), (1.02, 1.18), (0.75, 0.98), (0.80, 1.00))


@dataclass(frozen=True)
class Spending:
    """Purchases: how often, how large, when."""

    budget_share: tuple[float, ...] = (0.88, 0.12, 0.22, 0.18, 0.12, 0.30, 0.18)
    count_month: tuple[float, ...] = (13.0, 0.9, 8.0, 4.0, 2.5, 4.0, 8.0)
    ticket_sigma: tuple[float, ...] = (0.50, 0.80, 0.35, 0.45, 0.55, 0.80, 0.70)
    slot_share: tuple[tuple[float, ...], ...] = (
        (0.30, 0.15, 0.15, 0.00, 0.00, 0.03, 0.40),
        (0.20, 0.35, 0.30, 0.10, 0.05, 0.22, 0.12),
        (0.05, 0.25, 0.20, 0.10, 0.15, 0.30, 0.15),
        (0.35, 0.20, 0.10, 0.05, 0.15, 0.22, 0.22),
        (0.08, 0.05, 0.20, 0.60, 0.35, 0.08, 0.06),
        (0.02, 0.00, 0.05, 0.15, 0.30, 0.15, 0.05),
    )
    weekday_factor: tuple[tuple[float, ...], ...] = (  # Monday to Sunday, for each category
        (0.86, 0.86, 0.86, 0.86, 0.86, 1.30, 1.40),
        (1.10, 1.00, 1.00, 1.00, 1.00, 1.10, 0.80),
        (0.88, 0.88, 0.88, 0.92, 1.14, 1.15, 1.15),
        (0.68, 0.68, 0.68, 0.76, 1.20, 1.60, 1.40),
        (0.65, 0.65, 0.65, 0.70, 1.15, 1.70, 1.50),
        (0.80, 0.80, 0.80, 0.80, 0.90, 1.40, 1.50),
        (1.10, 1.10, 1.10, 1.10, 1.15, 0.80, 0.65),
    )
    month_start_days: int = 7
    month_start_grocery: float = 1.35
    month_rest_grocery: float = 0.91
    activity_sigma: float = 0.30
    mood_sigma: tuple[float, ...] = (0.10, 0.28, 0.10, 0.12)
    prudence: ByPersona = ((0.80, 1.00), (0.00, 0.50), (0.60, 1.00), (0.30, 0.90))
    pacing: ByPersona = ((0.60, 1.00), (0.05, 0.35), (0.50, 1.00), (0.30, 0.80))
    pace_bounds: Pair = (0.20, 1.00)
    splurge_most: tuple[float, ...] = (1.15, 2.20, 1.20, 1.15)
    irregular_horizon_days: int = 18
    declined_prob: float = 0.25
    emergency_month_prob: float = 0.008
    emergency_share: Pair = (0.40, 2.00)


@dataclass(frozen=True)
class Reserves:
    """Money kept elsewhere, and the habit of using it in time."""

    savings_median: tuple[float, ...] = (1.50, 0.05, 0.60, 0.30)
    savings_sigma: float = 1.0
    savings_most: float = 12.0
    opening_balance: Pair = (0.20, 0.80)
    aware_prob: tuple[float, ...] = (0.95, 0.60, 0.90, 0.35)
    look_ahead_days: int = 2
    sweep_share: tuple[float, ...] = (0.70, 0.00, 0.50, 0.30)
    living_floor_share: float = 0.03
    living_draw_share: float = 0.12
    living_draw_prob: float = 0.25


@dataclass(frozen=True)
class Borrowing:
    """Loan apps and gambling."""

    app_user_prob: tuple[float, ...] = (0.03, 0.45, 0.25, 0.25)
    app_floor_share: float = 0.06
    app_borrow_prob: float = 0.12
    app_amount_share: Pair = (0.12, 0.35)
    app_fee: Pair = (0.12, 0.25)
    app_term_days: int = 30
    gambler_prob: tuple[float, ...] = (0.015, 0.12, 0.04, 0.08)
    stake_prob: float = 0.15
    stake_share: Pair = (0.005, 0.030)
    win_prob: float = 0.20
    win_multiple: Pair = (1.2, 3.5)


@dataclass(frozen=True)
class Trouble:
    """Episodes of trouble: when they begin, what they do, when they end."""

    history_days: int = 500
    episodes: int = 6
    shock_gap_days: float = 210.0
    shock_median_days: float = 100.0
    drain_gap_days: float = 190.0
    drain_median_days: float = 140.0
    length_sigma: float = 0.6
    permanent_prob: float = 0.15
    permanent_factor: float = 6.0
    loss_prob: float = 0.65
    cut_kept_share: Pair = (0.30, 0.60)
    no_reaction_prob: float = 0.15
    reaction: Pair = (0.50, 1.00)
    reaction_lag_days: Pair = (0.0, 20.0)
    reaction_ramp_days: float = 21.0
    discretionary_cut: float = 0.65
    essential_cut: float = 0.18
    cash_run_factor: float = 5.0
    cash_run_days: float = 60.0
    caution_days: float = 45.0
    drain_income_floor: Pair = (0.00, 0.50)
    drain_income_days: Pair = (60.0, 120.0)
    drain_activity_floor: Pair = (0.30, 0.60)
    drain_activity_days: float = 30.0
    drain_outflow_share: Pair = (0.02, 0.06)


@dataclass(frozen=True)
class Repayment:
    """How instalments are forgotten, hidden from, and caught up."""

    lapse_prob: float = 0.0044
    lapse_delay_days: float = 9.0
    hand_late_prob: float = 0.018
    hand_days: Pair = (0.0, 3.0)
    hidden_prob: float = 0.0012
    hidden_months: Pair = (1.0, 3.0)
    cure_prob: float = 0.12
    cure_comfort_share: float = 0.08
    savings_cure_prob: float = 0.15
    partial_prob: float = 0.03
    bill_cure_prob: float = 0.30


@dataclass(frozen=True)
class Parameters:
    """The whole simulator. ``fingerprint`` names this very set of numbers."""

    version: str = "simulator-1"
    persona_shares: tuple[float, ...] = (0.70, 0.15, 0.10, 0.05)
    tier_shares: tuple[float, ...] = (0.45, 0.35, 0.20)
    hindi_share: Pair = (0.12, 0.70)  # elsewhere, and in the Hindi belt
    vulnerable_share: float = 0.02
    warm_up_days: int = 150
    work: Work = field(default_factory=Work)
    lending: Lending = field(default_factory=Lending)
    home: Home = field(default_factory=Home)
    spending: Spending = field(default_factory=Spending)
    reserves: Reserves = field(default_factory=Reserves)
    borrowing: Borrowing = field(default_factory=Borrowing)
    trouble: Trouble = field(default_factory=Trouble)
    repayment: Repayment = field(default_factory=Repayment)

    def fingerprint(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of all numbers."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


PARAMETERS = Parameters()
