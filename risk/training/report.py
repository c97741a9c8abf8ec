"""A run's metrics as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from risk.training.scored import LOGISTIC, MODEL, SALARY, SCORECARD

TITLES = {
    MODEL: "model",
    LOGISTIC: "logistic regression",
    SCORECARD: "scorecard",
    SALARY: "days since salary",
}
COLUMNS = {
    "pr_auc": "PR AUC",
    "roc_auc": "ROC AUC",
    "brier": "Brier",
    "capture_at_2pct": "capture 2 %",
    "capture_at_5pct": "5 %",
    "capture_at_10pct": "10 %",
    "precision_at_10pct": "precision 10 %",
}
WAYS = {"final_level": "final level", "model_band": "model's band", "scorecard_level": "scorecard's level"}


def show(metrics: Mapping[str, Any], *, console: Console) -> None:
    """Print how each ranking did, how early misses are announced, where it is weak, and the verdict."""
    console.print(
        f"\nTested on {metrics['customers']:,} customers: {metrics['rows']:,} rows,"
        f" {metrics['misses']:,} misses ({metrics['misses'] / metrics['rows']:.2%})."
        f" {metrics['manifest']['training']['splits']['words']}"
    )
    console.print(_rankers(metrics["overall"]))
    console.print(_parts(metrics["segments"], "segment"))
    console.print(_parts(metrics["months"], "month"))
    console.print(_lead_times(metrics["lead_time"]))
    console.print(_bands(metrics["bands"]))
    verdict = metrics["verdict"]
    console.print(f"Verdict: [bold]{verdict['state']}[/bold]")
    for sentence in (*verdict["rejections"], *verdict["remarks"]):
        console.print(f"- {sentence}")


def _rankers(overall: Mapping[str, Any]) -> Table:
    table = Table("", *COLUMNS.values(), title="Metrics with 95 % intervals (customers drawn again)")
    for name, title in TITLES.items():
        table.add_row(title, *(interval_in_words(overall[name][key]) for key in COLUMNS))
    return table


def _parts(parts: Mapping[str, Any], title: str) -> Table:
    table = Table(title, "rows", "misses", "PR AUC", "scorecard's", "ROC AUC", "capture 10 %")
    for name, part in parts.items():
        model, scorecard = part["rankers"][MODEL], part["rankers"][SCORECARD]
        table.add_row(
            name,
            f"{part['rows']:,}",
            f"{part['misses']:,}",
            interval_in_words(model["pr_auc"]),
            interval_in_words(scorecard["pr_auc"]),
            interval_in_words(model["roc_auc"]),
            interval_in_words(model["capture_at_10pct"]),
        )
    return table


def _lead_times(ways: Mapping[str, Any]) -> Table:
    table = Table(
        "flagged by", "alert rate", "misses", "flagged", "median days", "≥ 7 d", "≥ 14 d", "of all ≥ 14 d"
    )
    for way, title in WAYS.items():
        found = ways[way]
        table.add_row(
            title,
            share_in_words(found["alert_rate"]),
            f"{found['misses']:,}",
            share_in_words(found["flagged_share"]),
            "–" if found["median_days"] is None else f"{found['median_days']:.0f}",
            *(
                share_in_words(found[f"share_{key}"])
                for key in ("7d_of_flagged", "14d_of_flagged", "14d_of_all")
            ),
        )
    return table


def _bands(bands: Mapping[str, Any]) -> Table:
    table = Table("band", "rows", "share", "misses", "predicted", "observed")
    for name, band in bands.items():
        table.add_row(
            name,
            f"{band['rows']:,}",
            share_in_words(band["share"]),
            f"{band['misses']:,}",
            share_in_words(band["mean_prob"]),
            share_in_words(band["observed_prob"]),
        )
    return table


def interval_in_words(figure: Mapping[str, Any]) -> str:
    """A figure with its interval, as 0.412 (0.380–0.447); a dash where there is none."""
    if figure["value"] is None:
        return "–"
    if figure.get("low") is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def share_in_words(share: float | None) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"
