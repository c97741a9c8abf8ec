"""What each kind of report found: a sentence, and the tables behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from risk.model_page.figures import NONE, count, days, figure, interval, share
from risk.model_page.tables import Table, table
from risk.stored_words import listed

MOST_LINES = 12

Content = Mapping[str, Any]


class State(StrEnum):
    """How a finding reads at a glance."""

    WELL = "well"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    AUDIT = "audit"
    NOTE = "note"


LABELS: dict[State, tuple[str, str | Promise]] = {
    State.WELL: ("●", gettext_lazy("well")),
    State.WRONG: ("▲", gettext_lazy("look at this")),
    State.UNKNOWN: ("◆", gettext_lazy("too little to say")),
    State.AUDIT: ("◆", gettext_lazy("for an audit")),
    State.NOTE: ("◆", gettext_lazy("to know")),
}
STATES = {
    "steady": State.WELL,
    "drifted": State.WRONG,
    "worse": State.WRONG,
    "failed": State.WRONG,
    "too_few": State.UNKNOWN,
    "measured": State.AUDIT,
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a report found: a sentence without its full stop, and the tables behind it."""

    state: State
    words: str
    tables: tuple[Table, ...] = ()

    @property
    def shape(self) -> str:
        """The state's shape, beside its colour and word."""
        return LABELS[self.state][0]

    @property
    def label(self) -> str | Promise:
        """The state's word."""
        return LABELS[self.state][1]


def parity(content: Content, currency: str) -> Finding:
    """Of `risk/monitoring/parity.py`."""
    numbers = {key: count(content[key], currency) for key in ("mismatches", "values", "customers")}
    rates = {"rate": share(content["rate"], decimals=3), "limit": share(content["limit"])}
    words = _(
        "%(mismatches)s of %(values)s values of %(customers)s customers differ: %(rate)s, with a limit of %(limit)s"
    )
    worst = sorted(content["features"].items(), key=lambda item: -item[1]["mismatches"])[:MOST_LINES]
    differing = table(
        _("Which features differ?"),
        (_("Feature"), _("Differ"), _("Of values")),
        [
            (name, count(each["mismatches"], currency), count(each["values"], currency))
            for name, each in worst
        ],
    )
    return Finding(
        state=State.WELL if content["holds"] else State.WRONG,
        words=words % (numbers | rates),
        tables=(differing,) if worst else (),
    )


def drift(content: Content, currency: str) -> Finding:
    """Of `risk/monitoring/drift.py`."""
    furthest = sorted(content["columns"], key=lambda each: -_times_threshold(each))[:MOST_LINES]
    distances = table(
        _("What lies furthest from the training?"),
        (
            _("Feature"), _("PSI"), _("Alarm above PSI"), _("KS"), _("Alarm above KS"), _("Missing now"),
            _("Missing at training"),
        ),
        [
            (
                f"▲ {each['name']}" if each["verdict"] == "drifted" else each["name"],
                figure(each["psi"]),
                figure(each["psi_threshold"]),
                figure(each["ks"]),
                figure(each["ks_threshold"]),
                share(each["missing_share"]),
                share(each["reference_missing_share"]),
            )
            for each in furthest
        ],
        note=_("Made so that of thirty quiet days at most one alarms. %(rows)s rows of %(customers)s customers.")
        % {key: count(content[key], currency) for key in ("rows", "customers")},
    )  # fmt: skip
    return Finding(state=STATES[content["verdict"]], words=listed(content["in_words"]), tables=(distances,))


def _times_threshold(column: Content) -> float:
    """How far a column lies, in thresholds; what has no distance comes last."""
    if column["psi"] is None or not column["psi_threshold"]:
        return -1.0
    return float(column["psi"] / column["psi_threshold"])


def estimated(content: Content, currency: str) -> Finding:
    """The performance to expect, which stands in the drift report."""
    found = content["estimated"]
    if found is None:
        return Finding(state=State.UNKNOWN, words=_("Nobody is scored by it now"))
    misses = {key: days(found["misses"][key]) for key in ("expected", "low", "high")}
    alerts = table(
        _("What is to be expected of alerting?"),
        (
            pgettext("threshold", "From"), _("Probability"), _("Customers alerted"), _("Of those, will miss"),
            _("Of all misses"),
        ),
        [
            (
                label,
                share(found[name]["from_prob"]),
                share(found[name]["alert_rate"]),
                share(found[name]["precision"]),
                share(found[name]["recall"]),
            )
            for name, label in (("medium", "MEDIUM"), ("high", "HIGH"))
        ],
        note=_("ROC AUC %(roc_auc)s, PR AUC %(pr_auc)s, from the probabilities alone: a change of what the features"
               " mean is not seen here.")
        % {key: figure(found["figures"][key]) for key in ("roc_auc", "pr_auc")},
    )  # fmt: skip
    words = _("%(expected)s misses are to be expected of %(rows)s rows (%(low)s to %(high)s)") % {
        **misses,
        "rows": count(found["rows"], currency),
    }
    return Finding(
        state=State.UNKNOWN if content["verdict"] == "too_few" else State.NOTE, words=words, tables=(alerts,)
    )


def performance(content: Content, currency: str) -> Finding:
    """Of `risk/monitoring/realised.py`."""
    tables = [
        table(
            _("What was said, and what came true?"),
            (_("Band"), _("Rows"), _("Misses"), _("Said"), _("Came true")),
            [
                (
                    each["band"],
                    count(each["rows"], currency),
                    count(each["misses"], currency),
                    share(each["mean_prob"]),
                    _share_between(each["miss_rate"], each["miss_rate_low"], each["miss_rate_high"]),
                )
                for each in content["bands"]
            ],
        )
    ]
    if content["figures"]:
        tables.append(
            table(
                _("How well did it rank them?"),
                (_("Figure"), _("Now"), _("At training")),
                [
                    (label, interval(content["figures"][name]), interval(content["figures"][name]["trained"]))
                    for name, label in (
                        ("pr_auc", _("PR AUC")),
                        ("roc_auc", _("ROC AUC")),
                        ("brier", _("Brier")),
                    )
                ],
            )
        )
    return Finding(state=STATES[content["verdict"]], words=listed(content["in_words"]), tables=tuple(tables))


def fairness(content: Content, currency: str) -> Finding:
    """Of `risk/monitoring/fairness.py`."""
    names = {
        "age": _("By age"), "gender": _("By gender"), "city_tier": _("By tier of the city"),
        "employment": _("By employment"),
    }  # fmt: skip
    headers = (
        _("Group"),
        _("Rows"),
        _("Alerted"),
        _("Alerted without need"),
        _("Of those who miss, alerted"),
    )
    tables = [
        table(
            names.get(attribute, attribute),
            headers,
            [
                _group(_("Everybody"), content["overall"], currency),
                *(_group(each["group"], each, currency) for each in groups),
            ],
        )
        for attribute, groups in content["attributes"].items()
    ]
    words = _("%(customers)s customers; ◆ marks a rate that chance alone does not explain") % {
        "customers": count(content["customers"], currency)
    }
    return Finding(state=STATES[content["verdict"]], words=words, tables=tuple(tables))


def _group(name: str, group: Content, currency: str) -> tuple[str, ...]:
    rates = (group["alert_rate"], group["false_positive_rate"], group["true_positive_rate"])
    return (name, count(group["rows"], currency), *(_rate(rate) for rate in rates))


def _rate(found: Content | None) -> str:
    """A rate with its interval, marked where it is not everybody's; a dash where it is of too few."""
    if found is None:
        return NONE
    mark = "◆ " if found.get("differs") else ""
    return f"{mark}{_share_between(found['rate'], found['low'], found['high'])}"


def _share_between(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return NONE
    return f"{share(value)} ({100 * low:.1f}–{100 * high:.1f})"
