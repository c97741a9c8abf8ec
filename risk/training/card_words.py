"""The model card's fixed sentences: what the model is for, where it fails, and what it does to people."""

from collections.abc import Iterable, Mapping
from typing import Any


def use(metrics: Mapping[str, Any]) -> Iterable[str]:
    """For what, and for whom."""
    population = metrics["manifest"]["population"]
    yield "\n## Intended use\n"
    yield (
        "To order a bank's own borrowers by how likely they are to miss an instalment soon, so that staff can offer"
        " help before it is missed. A person decides on every offer; the model's reasons and the scorecard stand beside"
        " each probability. It is not made to grant or refuse credit, to price it, or to collect debts, and must not"
        " be used for that."
    )
    yield "\n## Population and label\n"
    yield (
        f"Customers with an instalment due within {population['horizon_days']} days and nothing overdue. The label is"
        f" 1 when an instalment due within {population['horizon_days']} days of the moment is not fully paid"
        f" {population['grace_days']} days after it is due. Of everybody else the model says nothing; the scorecard"
        " alone speaks of them."
    )


def limits(metrics: Mapping[str, Any]) -> Iterable[str]:
    """What it cannot know, and how it is watched."""
    population = metrics["manifest"]["population"]
    yield "\n## Limitations\n"
    yield (
        "- A shock that strikes after the moment, plain forgetting and reasons the account never shows cannot be"
        f" seen up to {population['horizon_days']} days ahead; [training.md](training.md#what-bounds-it) says how"
        " that is estimated."
    )
    yield "- Customers whose income or spending mostly runs through other banks look as if they had little of either."
    yield "- Customers with something overdue, without a loan, or with payments unknown are not covered."
    yield "- The bands are measured on past moments: in a downturn more customers than the budget will stand in them."
    yield "\n## Monitoring\n"
    yield (
        "Daily: drift of every feature and of the probability against the reference in the manifest, performance as"
        " labels mature and estimated before they do, calibration by band, alert and false-positive rates of"
        " protected groups. [monitoring.md](monitoring.md) and the [runbook](runbook.md) say what to do on an alarm."
        " An approval ends on its date."
    )


def ethics(metrics: Mapping[str, Any]) -> Iterable[str]:
    """What it does not look at, and what its errors cost."""
    yield "\n## Ethical notes\n"
    yield (
        "Age, gender, city, employment, language, name and any group of customers are never inputs; they are held for"
        " fairness audits only. Proxies may remain: income that comes irregularly is itself a feature, and gig workers"
        " have it more often, which the daily fairness table watches. A false alarm costs a customer an offer of help"
        " they did not need; a missed one costs help that would have come in time. Gambling and loan-app spending are"
        " sensitive: they may lower what a customer is offered nowhere, only bring the offer forward."
    )
