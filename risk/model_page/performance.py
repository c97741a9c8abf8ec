"""A version's metrics (`risk/training/train.py` writes them) as tables and charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from risk.levels import Level
from risk.model_page.charts import IntervalMark, Scatter, interval_marks, scatter
from risk.model_page.figures import count, days, figure, interval, share, share_interval
from risk.model_page.tables import Table, table

FORMAT = 1
MOST_IMPORTANT = 12
MODEL, SCORECARD = "model", "scorecard"
RATES = ("2pct", "5pct", "10pct")


@dataclass(frozen=True)
class Headline:
    """One figure with what it is held against."""

    label: str
    figure: str
    against: str


@dataclass(frozen=True)
class Importance:
    """How much a feature moves the model on average; `length` in percent of the most important."""

    feature: str
    weight: str
    length: int


@dataclass(frozen=True, kw_only=True)
class Performance:
    """How well a version did on customers it had never seen."""

    words: str
    headlines: list[Headline]
    rankers: list[IntervalMark]
    figures: Table
    alerts: Table
    calibration: Table
    calibration_chart: Scatter
    bands: Table
    lead_time: Table
    segments: Table
    months: Table
    importance: list[Importance]
    verdict: list[str]


def performance_of(metrics: Mapping[str, Any], *, currency: str) -> Performance | None:
    """Shape a version's metrics.

    Args:
        metrics: As stored with the version.
        currency: ISO 4217 code, for the grouping of digits.

    Returns:
        What is shown; None where the metrics are not of a form that is known here.
    """
    if metrics.get("format") != FORMAT:
        return None
    calibration = metrics["calibration"][MODEL]
    return Performance(
        words=_words(metrics, currency),
        headlines=_headlines(metrics),
        rankers=interval_marks([(label, metrics["overall"][name]["pr_auc"]) for name, label in _rankers()]),
        figures=_figures(metrics),
        alerts=_alerts(metrics),
        calibration=_calibration(calibration, currency),
        calibration_chart=scatter(
            [(each["mean_prob"], each["observed_prob"]) for each in calibration["bins"]]
        ),
        bands=_bands(metrics, currency),
        lead_time=_lead_time(metrics["lead_time"], currency),
        segments=_parts(
            _("In which behaviour does it do well?"), _("Segment"), metrics["segments"], currency
        ),
        months=_parts(_("Does it hold from month to month?"), _("Month"), metrics["months"], currency),
        importance=_importance(metrics["importance"]),
        verdict=[*metrics["verdict"]["rejections"], *metrics["verdict"]["remarks"]],
    )


def _rankers() -> list[tuple[str, str]]:
    return [
        (MODEL, _("Model")),
        ("logistic", _("Logistic regression")),
        (SCORECARD, _("Scorecard")),
        ("days_since_salary", _("Days since salary")),
    ]


def _words(metrics: Mapping[str, Any], currency: str) -> str:
    return _(
        "%(rows)s rows of %(customers)s customers it had not seen, with %(misses)s misses (%(rate)s);"
        " 95 %% intervals by drawing customers again %(draws)s times."
    ) % {
        "rows": count(metrics["rows"], currency),
        "customers": count(metrics["customers"], currency),
        "misses": count(metrics["misses"], currency),
        "rate": share(metrics["misses"] / metrics["rows"]),
        "draws": count(metrics["draws"], currency),
    }


def _headlines(metrics: Mapping[str, Any]) -> list[Headline]:
    model, scorecard = metrics["overall"][MODEL], metrics["overall"][SCORECARD]
    calibration, lead = metrics["calibration"][MODEL], metrics["lead_time"]["final_level"]
    return [
        Headline(
            _("PR AUC"),
            figure(model["pr_auc"]["value"]),
            _("scorecard %(figure)s") % {"figure": figure(scorecard["pr_auc"]["value"])},
        ),
        Headline(
            _("Misses among the worst 10 %"),
            share(model["capture_at_10pct"]["value"], decimals=0),
            _("scorecard %(figure)s") % {"figure": share(scorecard["capture_at_10pct"]["value"], decimals=0)},
        ),
        Headline(
            _("Median lead time, days"),
            days(lead["median_days"]),
            _("%(share)s of misses flagged in time") % {"share": share(lead["flagged_share"], decimals=0)},
        ),
        Headline(
            _("Said on average"),
            share(calibration["mean_prob"]),
            _("came true %(share)s") % {"share": share(calibration["observed_prob"])},
        ),
    ]


def _figures(metrics: Mapping[str, Any]) -> Table:
    columns = ("pr_auc", "roc_auc", "brier")
    lines = [
        (label, *(interval(metrics["overall"][name][column]) for column in columns))
        for name, label in _rankers()
    ]
    own = metrics["own_holdout"]["rankers"][MODEL]
    lines.append(
        (_("This very version, on its own test customers"), *(interval(own[each]) for each in columns))
    )
    return table(
        _("How well does it tell who will miss an instalment?"),
        (_("Ranked by"), _("PR AUC"), _("ROC AUC"), _("Brier")),
        lines,
        note=_(
            "More is better but for Brier. The first lines are of all folds together: of this way of training."
        ),
    )


def _alerts(metrics: Mapping[str, Any]) -> Table:
    headers = [_("Ranked by")]
    for worst in (share(rate, decimals=0) for rate in (0.02, 0.05, 0.10)):
        headers += [
            _("Of all misses, in the worst %(share)s") % {"share": worst},
            _("Of the worst %(share)s, missed") % {"share": worst},
        ]
    lines = []
    for name, label in _rankers():
        found = metrics["overall"][name]
        cells = [
            share_interval(found[f"{kind}_at_{rate}"]) for rate in RATES for kind in ("capture", "precision")
        ]
        lines.append((label, *cells))
    return table(_("What does looking at the worst few per cent bring?"), headers, lines)


def _calibration(found: Mapping[str, Any], currency: str) -> Table:
    return table(
        _("Does what it says come true?"),
        (_("Probability"), _("Rows"), _("Misses"), _("Said"), _("Came true")),
        [
            (
                f"{share(each['from_prob'])} – {share(each['until_prob'])}",
                count(each["rows"], currency),
                count(each["misses"], currency),
                share(each["mean_prob"]),
                share(each["observed_prob"]),
            )
            for each in found["bins"]
        ],
        note=_("On average it is off by %(error)s (expected calibration error).")
        % {"error": share(found["expected_error_prob"], decimals=2)},
    )


def _bands(metrics: Mapping[str, Any], currency: str) -> Table:
    # A model without bands is saved as rejected; the verdict says why.
    bands = metrics["manifest"].get("bands", {"basis": {}})
    return table(
        _("What do the bands mean?"),
        (
            _("Band"),
            pgettext("threshold", "From"),
            _("Rows"),
            _("Share"),
            _("Misses"),
            _("Said"),
            _("Came true"),
        ),
        [
            (
                level.label,
                {
                    Level.HIGH: share(bands.get("high_from_prob")),
                    Level.MEDIUM: share(bands.get("medium_from_prob")),
                }.get(level, share(0.0)),
                count(found["rows"], currency),
                share(found["share"]),
                count(found["misses"], currency),
                share(found["mean_prob"]),
                share(found["observed_prob"]),
            )
            for level in sorted(Level, reverse=True)
            if (found := metrics["bands"].get(level.name))
        ],
        note=bands["basis"].get("words", ""),
    )


def _lead_time(ways: Mapping[str, Any], currency: str) -> Table:
    named = (
        ("final_level", _("Final level")),
        ("model_band", _("Model's band alone")),
        ("scorecard_level", _("Scorecard alone")),
    )
    return table(
        _("How early is a miss announced, by MEDIUM or HIGH?"),
        (
            _("Flagged by"), _("Rows flagged"), _("Misses"), _("Flagged before"), _("Median days"),
            _("Of those ≥ 7 days"), _("≥ 14 days"), _("Of all misses ≥ 14 days"),
        ),
        [
            (
                label,
                share(found["alert_rate"]),
                count(found["misses"], currency),
                share(found["flagged_share"], decimals=0),
                days(found["median_days"]),
                share(found["share_7d_of_flagged"], decimals=0),
                share(found["share_14d_of_flagged"], decimals=0),
                share(found["share_14d_of_all"], decimals=0),
            )
            for way, label in named
            if (found := ways.get(way))
        ],
        note=_("Only misses whose whole run-up of 30 days was watched."),
    )  # fmt: skip


def _parts(caption: str, header: str, parts: Mapping[str, Any], currency: str) -> Table:
    return table(
        caption,
        (
            header, _("Rows"), _("Misses"), _("PR AUC"), _("Scorecard's PR AUC"), _("ROC AUC"),
            _("Misses in the worst 10 %"), _("Brier"),
        ),
        [
            (
                name.replace("_", " ").capitalize() if name.isupper() else name,
                count(part["rows"], currency),
                count(part["misses"], currency),
                interval(part["rankers"][MODEL]["pr_auc"]),
                interval(part["rankers"][SCORECARD]["pr_auc"]),
                interval(part["rankers"][MODEL]["roc_auc"]),
                share_interval(part["rankers"][MODEL]["capture_at_10pct"]),
                interval(part["rankers"][MODEL]["brier"]),
            )
            for name, part in parts.items()
        ],
        note=_("Without an interval, too few customers missed for the figure to mean much."),
    )  # fmt: skip


def _importance(found: list[Mapping[str, Any]]) -> list[Importance]:
    most = max((each["mean_log_odds"] for each in found), default=0.0)
    return [
        Importance(
            feature=each["feature"],
            weight=figure(each["mean_log_odds"]),
            length=max(1, round(100 * each["mean_log_odds"] / most)) if most else 1,
        )
        for each in found[:MOST_IMPORTANT]
    ]
