"""The model page's figures, charts and tables, from metrics made up and from those of a real run."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.model_page import figures
from risk.model_page.charts import interval_marks, nice_limit, scatter
from risk.model_page.performance import performance_of
from risk.model_page.tables import Table, table
from risk.tests import made_metrics, training_sets
from risk.training.fit import FitOptions, InMemory
from risk.training.rows import TrainingSet
from risk.training.train import TrainOptions, train


def shown(metrics: dict[str, Any]) -> Any:
    found = performance_of(metrics, currency="INR")
    assert found is not None
    return found


def texts(of: Table) -> list[list[str]]:
    return [[row.header, *(cell.text.replace("\u00a0", " ") for cell in row.cells)] for row in of.rows]


def test_figures_are_written_as_precisely_as_they_are_known() -> None:
    assert figures.interval({"value": 0.4123, "low": 0.38, "high": 0.4466}) == "0.412 (0.380–0.447)"
    assert figures.interval({"value": 0.4123}) == "0.412"
    assert figures.interval({"value": None}) == figures.interval(None) == "–"
    assert figures.share_interval({"value": 0.714, "low": 0.68, "high": 0.74}) == "71\u00a0% (68–74)"
    assert figures.share_interval({"value": 0.714}) == "71\u00a0%"
    assert figures.share_interval({"value": None}) == figures.share_interval(None) == "–"
    assert figures.share(-0.0123) == "−1.2\u00a0%"
    assert figures.share(None) == figures.figure(None) == figures.days(None) == "–"
    assert figures.days(16.4) == "16"
    assert [figures.count(number, "INR") for number in (1234567, -5, None)] == ["12,34,567", "−5", "–"]


def test_cells_know_the_header_above_them() -> None:
    found = table("Who?", ("Name", "Rows", "Why"), [("a", "1", "so")], text_columns=("Why",))

    cells = found.rows[0].cells
    assert [(cell.label, cell.text, cell.is_number) for cell in cells] == [
        ("Rows", "1", True),
        ("Why", "so", False),
    ]
    assert found.columns == [("Rows", True), ("Why", False)]


def test_line_that_does_not_fit_its_headers_is_no_table() -> None:
    with pytest.raises(ValueError, match="longer"):
        table("Who?", ("Name", "Rows"), [("a",)])


def test_intervals_share_one_scale() -> None:
    marks = interval_marks(
        [
            ("Model", {"value": 0.4, "low": 0.36, "high": 0.48}),
            ("Alone", {"value": 0.25}),
            ("None", {"value": None}),
        ]
    )

    assert [(mark.label, mark.x, mark.width, mark.at, mark.is_first) for mark in marks] == [
        ("Model", "72", "24", "80", True),
        ("Alone", "50", "0.6", "50", False),
    ]


def test_dots_lie_on_the_diagonal_where_what_was_said_came_true() -> None:
    found = scatter([(0.0, 0.0), (0.1, 0.1), (0.1, 0.2)])

    assert [(point.x, point.y) for point in found.points] == [("34", "208"), ("134", "108"), ("134", "8")]
    assert [tick.text.replace("\u00a0", " ") for tick in found.ticks] == [
        "0 %",
        "5 %",
        "10 %",
        "15 %",
        "20 %",
    ]


@given(values=st.lists(st.floats(0, 1), max_size=5))
def test_limit_is_a_round_number_above_everything(values: list[float]) -> None:
    limit = nice_limit(values)

    assert max(values, default=0) <= limit * (1 + 1e-6)
    assert 0 < limit <= 1
    assert float(f"{limit:.1g}") == pytest.approx(limit)


def test_metrics_of_another_form_are_not_shown() -> None:
    assert performance_of({"roc_auc": 0.8}, currency="INR") is None
    assert performance_of(made_metrics.metrics(format=2), currency="INR") is None


def test_headlines_stand_beside_what_they_are_held_against() -> None:
    found = [(each.figure, each.against) for each in shown(made_metrics.metrics()).headlines]

    assert [(figure.replace("\u00a0", " "), against.replace("\u00a0", " ")) for figure, against in found] == [
        ("0.400", "scorecard 0.300"),
        ("40 %", "scorecard 30 %"),
        ("16", "59 % of misses flagged in time"),
        ("3.1 %", "came true 3.0 %"),
    ]


def test_every_ranker_stands_beside_the_model() -> None:
    found = shown(made_metrics.metrics())

    assert [mark.label for mark in found.rankers] == [
        "Model",
        "Logistic regression",
        "Scorecard",
        "Days since salary",
    ]
    assert texts(found.figures)[0] == [
        "Model",
        "0.400 (0.370–0.430)",
        "0.400 (0.370–0.430)",
        "0.400 (0.370–0.430)",
    ]
    assert len(found.figures.rows) == 5
    assert texts(found.alerts)[2][:3] == ["Scorecard", "30 % (27–33)", "30 % (27–33)"]


def test_bands_begin_where_they_were_approved_to() -> None:
    found = shown(made_metrics.metrics()).bands

    assert [line[:2] for line in texts(found)] == [["HIGH", "30.0 %"], ["MEDIUM", "10.0 %"], ["LOW", "0.0 %"]]
    assert texts(found)[0][-1] == "–"
    assert found.note == "The worst tenth."


def test_part_with_few_misses_has_no_interval() -> None:
    found = texts(shown(made_metrics.metrics()).segments)

    assert found[0][:4] == ["Income shock", "1,23,456", "4,321", "0.400 (0.370–0.430)"]
    assert found[1][0] == "Stable"
    assert found[1][3:] == ["–", "–", "0.250", "25 %", "0.250"]


def test_lead_time_that_is_not_known_is_a_dash() -> None:
    found = texts(shown(made_metrics.metrics()).lead_time)

    assert found[0] == ["Final level", "10.0 %", "509", "59 %", "16", "87 %", "70 %", "41 %"]
    assert found[2][4:7] == ["–", "–", "–"]


def test_importance_is_measured_by_the_greatest() -> None:
    found = shown(made_metrics.metrics()).importance

    assert [(each.feature, each.weight, each.length) for each in found] == [
        ("salary_late_days", "0.700", 100),
        ("income_change", "0.200", 29),
    ]
    assert shown(made_metrics.metrics(importance=[])).importance == []
    nothing = [{"feature": "salary_late_days", "mean_log_odds": 0.0}]
    assert shown(made_metrics.metrics(importance=nothing)).importance[0].length == 1


def test_verdict_is_told_in_full() -> None:
    assert shown(made_metrics.metrics()).verdict == ["Weigh this."]


@pytest.mark.slow
def test_metrics_of_a_real_run_are_shown(tmp_path: Path) -> None:
    run = train(
        data=TrainingSet.open(training_sets.write_training_set(tmp_path / "set", customers=1_500)),
        fitter=InMemory(),
        options=TrainOptions(fit=FitOptions(seed=1, threads=1, most_rounds=20), folds=1, draws=20),
        report=lambda _what: None,
    )

    found = shown(run.metrics)

    assert [mark.label for mark in found.rankers][:1] == ["Model"]
    assert len(found.calibration.rows) >= 5
    assert [row.header for row in found.bands.rows] == ["HIGH", "MEDIUM", "LOW"]
    assert found.months.rows
    assert found.importance[0].length == 100
    assert made_metrics.metrics().keys() <= run.metrics.keys()
