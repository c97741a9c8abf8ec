"""Relief: whether a change of terms may be offered, condition by condition, in words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interventions.help.relief import Facts, Kind, Wish, months_most, new_days, parts_most, terms
from interventions.help.relief_rules import Rules
from interventions.help.relief_words import day_in_words, money_in_words


@dataclass(frozen=True)
class Condition:
    """One condition, whether it is met, and what was found, in words."""

    name: str
    is_met: bool
    found: str

    def as_json(self) -> dict[str, Any]:
        """As an offer stores it."""
        return {"name": self.name, "is_met": self.is_met, "found": self.found}


@dataclass(frozen=True)
class Proposal:
    """Whether a kind of relief may be offered, and what it would be as suggested; terms are empty where it may not."""

    kind: str
    conditions: Sequence[Condition]
    terms: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_eligible(self) -> bool:
        """Whether every condition is met."""
        return all(each.is_met for each in self.conditions)

    @property
    def refusal(self) -> str:
        """What stands against it, in sentences."""
        return " ".join(each.found for each in self.conditions if not each.is_met)


def proposal(kind: str, facts: Facts, rules: Rules) -> Proposal:
    """Judge a kind of relief and say what it would be, as suggested."""
    judged = Proposal(kind=kind, conditions=conditions(kind, facts, rules))
    if not judged.is_eligible:
        return judged
    return Proposal(kind=kind, conditions=judged.conditions, terms=terms(kind, facts, rules, Wish()))


def conditions(kind: str, facts: Facts, rules: Rules) -> list[Condition]:
    """Every condition of a kind of relief with what was found; all are asked, so that staff see the whole picture."""
    return [
        _is_permitted(kind, facts),
        _has_an_instalment(facts, rules),
        _nothing_is_overdue(facts),
        _is_old_enough(facts, rules),
        _had_none_lately(facts, rules),
        _no_other_is_open(facts),
        *(each(facts, rules) for each in OF_KIND[kind]),
    ]


def _is_permitted(kind: str, facts: Facts) -> Condition:
    is_met = kind in facts.permitted
    found = (
        _("The policy of this case allows it.") if is_met else _("The policy of this case does not offer it.")
    )
    return Condition("policy", is_met, found)


def _has_an_instalment(facts: Facts, rules: Rules) -> Condition:
    if not facts.ahead:
        return Condition("instalment", False, _("No instalment lies ahead."))
    due_on = facts.ahead[0].due_on
    days = (due_on - facts.today_on).days
    found = _("The next instalment is due on %(day)s; at least %(least)s before is needed.") % {
        "day": day_in_words(due_on),
        "least": _days(rules.notice_days),
    }
    return Condition("instalment", days >= rules.notice_days, found)


def _nothing_is_overdue(facts: Facts) -> Condition:
    if facts.overdue_amount <= 0:
        return Condition("overdue", True, _("Nothing is overdue."))
    found = _("%(amount)s is overdue: collections look after it.") % {
        "amount": money_in_words(facts.overdue_amount, facts.currency)
    }
    return Condition("overdue", False, found)


def _is_old_enough(facts: Facts, rules: Rules) -> Condition:
    found = _("%(count)s instalments have fallen due so far; %(least)s are needed.") % {
        "count": facts.fallen_due,
        "least": rules.fallen_due_min,
    }
    return Condition("age", facts.fallen_due >= rules.fallen_due_min, found)


def _had_none_lately(facts: Facts, rules: Rules) -> Condition:
    if facts.last_agreed_on is None:
        return Condition("earlier", True, _("No relief was agreed on for this loan before."))
    days = (facts.today_on - facts.last_agreed_on).days
    found = _("Relief was last agreed on on %(day)s; %(least)s must lie between.") % {
        "day": day_in_words(facts.last_agreed_on),
        "least": _days(rules.free_days),
    }
    return Condition("earlier", days >= rules.free_days, found)


def _no_other_is_open(facts: Facts) -> Condition:
    if facts.has_open_offer:
        return Condition(
            "open", False, _("Another offer waits for an answer: record it or withdraw it first.")
        )
    return Condition("open", True, _("No other offer waits for an answer."))


def _has_a_new_day(facts: Facts, rules: Rules) -> Condition:
    if facts.salary_day is None:
        return Condition("salary_day", False, _("The usual salary day is not known."))
    days = new_days(facts, rules)
    if not days:
        return Condition(
            "salary_day", False, _("No business day at most %(most)s after the salary lies within reach.")
            % {"most": _days(rules.after_salary_days_max)},
        )  # fmt: skip
    return Condition(
        "salary_day", True, _("It can move to %(day)s or later.") % {"day": day_in_words(days[0])}
    )


def _is_worth_splitting(facts: Facts, rules: Rules) -> Condition:
    is_met = parts_most(facts, rules) >= 2
    found = (
        _("The instalment can be split.")
        if is_met
        else _("It cannot be split into parts that all lie before the following instalment.")
    )
    return Condition("amount", is_met, found)


def _is_a_hardship_for_a_pause(facts: Facts, rules: Rules) -> Condition:
    is_met = facts.hardship.name in rules.holiday_hardships
    found = (
        _("Payments may be paused for this hardship.")
        if is_met
        else _("The bank does not pause payments for this hardship.")
    )
    return Condition("hardship", is_met, found)


def _goes_on(facts: Facts, rules: Rules) -> Condition:
    is_met = months_most(facts, rules) >= 1
    if is_met:
        found = _("The loan goes on after a pause.")
    elif len(facts.ahead) > 1:
        found = _("The bank pauses no payments.")
    else:
        found = _("This is the last instalment: it cannot be paused.")
    return Condition("remaining", is_met, found)


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


OF_KIND: dict[str, Sequence[Callable[[Facts, Rules], Condition]]] = {
    Kind.DUE_DATE_MOVE: (_has_a_new_day,),
    Kind.INSTALMENT_SPLIT: (_is_worth_splitting,),
    Kind.PAYMENT_HOLIDAY: (_is_a_hardship_for_a_pause, _goes_on),
}
