"""The words of risk: levels, segments and hardships, as small integers in the database and names everywhere else."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """How urgently a customer needs help; the greater the worse."""

    LOW = 1, "LOW"
    MEDIUM = 2, "MEDIUM"
    HIGH = 3, "HIGH"


class Segment(models.IntegerChoices):
    """A pattern of behaviour, inferred from transactions alone."""

    UNKNOWN = 0, "UNKNOWN"
    INCOME_SHOCK = 1, "INCOME_SHOCK"
    SILENT_DRAIN = 2, "SILENT_DRAIN"
    OVERSPENDER = 3, "OVERSPENDER"
    STABLE = 4, "STABLE"


class Hardship(models.IntegerChoices):
    """What kind of difficulty; the order is the order of precedence."""

    NONE = 0, "NONE"
    INCOME_SHOCK = 1, "INCOME_SHOCK"
    LIQUIDITY_STRESS = 2, "LIQUIDITY_STRESS"
    EXPENSE_COMPRESSION = 3, "EXPENSE_COMPRESSION"
    OVER_LEVERAGE = 4, "OVER_LEVERAGE"
    OVERSPENDING = 5, "OVERSPENDING"


# As people read it; names in capitals are for files and programs.
HARDSHIP_WORDS: dict[Hardship, Promise] = {
    Hardship.NONE: _("None"),
    Hardship.INCOME_SHOCK: _("Income shock"),
    Hardship.LIQUIDITY_STRESS: _("Liquidity stress"),
    Hardship.EXPENSE_COMPRESSION: _("Expense compression"),
    Hardship.OVER_LEVERAGE: _("Over-leverage"),
    Hardship.OVERSPENDING: _("Overspending"),
}


class Signal(models.TextChoices):
    """The parts of the score."""

    SALARY_GAP = "salary_gap", "salary gap"
    WITHDRAWAL_SPIKE = "withdrawal_spike", "withdrawal spike"
    SPENDING_DROP = "spending_drop", "spending drop"
    SURVIVAL_MODE = "survival_mode", "survival mode"
    SEGMENT = "segment", "segment"
