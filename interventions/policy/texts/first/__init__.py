"""The first policy pack: our own words for every hardship × level. Released with migration 0009."""

from interventions.policy.texts.first import (
    expense_compression,
    income_shock,
    liquidity_stress,
    no_hardship,
    over_leverage,
    overspending,
)
from interventions.policy.texts.making import Policy

LOW, MEDIUM, HIGH = 1, 2, 3
# By `risk.levels.Hardship`, as its numbers were then.
BY_HARDSHIP = (
    no_hardship,
    income_shock,
    liquidity_stress,
    expense_compression,
    over_leverage,
    overspending,
)
POLICIES: dict[tuple[int, int], Policy] = {
    (hardship, level): policy
    for hardship, module in enumerate(BY_HARDSHIP)
    for level, policy in ((LOW, module.LOW), (MEDIUM, module.MEDIUM), (HIGH, module.HIGH))
}
