"""Charts: one writing of each number for marks, table and file."""

import json

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils import timezone

from audit.models import AuditEvent
from interventions.console import chart_files, charts
from interventions.console.charts import Chart, Kind, Mark, Series, Threshold, Unit
from interventions.tests import staff


def made(**changes: object) -> Chart:
    values: dict[str, object] = {
        "key": "cities",
        "title": "Where do customers live?",
        "kind": Kind.BARS,
        "categories": ["Pune", "Agra"],
        "series": [Series(name="Customers", values=[1234567, 12], links=["/queue/?city=Pune", ""])],
        "category_name": "City",
    }
    return Chart(**{**values, **changes})  # type: ignore[arg-type]


def test_table_and_drawing_say_the_same() -> None:
    chart = made()

    rows = list(chart.rows)

    assert [row.header for row in rows] == ["Pune", "Agra"]
    assert [row.cells[0].text for row in rows] == ["12,34,567", "12"]
    assert [row.cells[0].link for row in rows] == ["/queue/?city=Pune", ""]
    drawn = json.loads(json.dumps(chart.drawing))
    assert drawn["series"][0]["texts"] == ["12,34,567", "12"]
    assert drawn["series"][0]["values"] == [1234567, 12]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.NUMBER, "–"),
        (-1500, Unit.NUMBER, "−1,500"),
        (150000, Unit.MONEY, "₹1,50,000"),
        (-2.6, Unit.MONEY, "−₹3"),
    ],
)
def test_number_is_written_once_for_all(value: float | None, unit: Unit, text: str) -> None:
    assert charts.written(value, unit) == text


def test_series_of_another_unit_stands_in_the_table_alone() -> None:
    customers = Series(name="Customers", values=[3, 4], unit=Unit.NUMBER)
    chart = made(unit=Unit.MONEY, series=[Series(name="Loss", values=[1500, 2]), customers])

    assert [each["name"] for each in json.loads(json.dumps(chart.drawing))["series"]] == ["Loss"]
    assert [[cell.text for cell in row.cells] for row in chart.rows] == [["₹1,500", "3"], ["₹2", "4"]]
    assert chart_files.as_csv(chart).decode("utf-8-sig").splitlines()[1] == "Pune,1500,3"


@override_settings(BANK_CURRENCY="USD")
def test_grouping_follows_the_currency() -> None:
    assert charts.written(1234567, Unit.NUMBER) == "1,234,567"


def test_file_holds_plain_numbers_and_no_formula() -> None:
    chart = made(
        categories=["=cmd|' /C calc'!A0", " @SUM(A1)"], series=[Series(name="-1+2", values=[5, None])]
    )

    lines = chart_files.as_csv(chart).decode("utf-8-sig").splitlines()

    assert lines == ["City,'-1+2", "'=cmd|' /C calc'!A0,5", "' @SUM(A1),"]


def test_file_of_money_is_in_whole_units() -> None:
    chart = made(unit=Unit.MONEY, series=[Series(name="Loss", values=[1234567.4, -5.6])])

    assert chart_files.as_csv(chart).decode("utf-8-sig").splitlines()[1:] == ["Pune,1234567", "Agra,-6"]


@pytest.mark.django_db
def test_download_is_one_audit_event() -> None:
    reader = staff.supervisor()

    response = chart_files.download(chart=made(), by=reader, subject_type="portfolio", subject_id="*")

    event = AuditEvent.objects.get(action="portfolio.exported")
    assert event.actor_id == reader.pk
    assert event.detail == {"what": "chart cities", "format": "csv", "rows": 2}
    assert response["Content-Disposition"] == 'attachment; filename="cities.csv"'


def test_sentence_names_the_greatest() -> None:
    assert made().spoken == "Where do customers live? Most: Pune, 12,34,567; 2 groups in all."


def test_sentence_of_a_line_says_its_course() -> None:
    chart = made(
        kind=Kind.LINE,
        series=[Series(name="HIGH", values=[None, 3]), Series(name="LOW", values=[None, None])],
    )

    assert chart.spoken == "Where do customers live? HIGH: 3 at Agra, 3 at Agra."


def test_sentence_of_nothing_says_so() -> None:
    chart = made(series=[Series(name="Customers", values=[None, None])])

    assert chart.is_empty
    assert chart.spoken == "Where do customers live? No numbers yet."


def test_empty_chart_says_what_would_fill_it() -> None:
    chart = made(categories=[], series=[], empty="The first evaluation fills it.")

    page = render_to_string("interventions/chart.html", {"chart": chart})

    assert "The first evaluation fills it." in page
    assert "<canvas" not in page
    assert "data-chart-toggle" not in page


def test_page_holds_table_sentence_and_numbers_without_any_style() -> None:
    chart = made(
        kind=Kind.PATH,
        as_of=timezone.now(),
        csv_url="?csv=cities",
        threshold=Threshold("Instalment", 11000.0),
        mark=Mark("Due", 1),
        categories=["Pune", "</script><b>"],
    )

    page = render_to_string("interventions/chart.html", {"chart": chart})

    assert 'role="img" aria-label="Where do customers live?' in page
    assert '<a href="/queue/?city=Pune">12,34,567</a>' in page
    assert 'href="?csv=cities"' in page
    assert "style=" not in page
    assert "</script><b>" not in page
    assert chart.drawing["threshold"] == {"label": "Instalment", "value": 11000.0, "text": "11,000"}


@pytest.mark.parametrize(("height", "known"), [(100, 160), (280, 280), (281, 320), (9000, 560)])
def test_height_is_one_that_the_style_sheet_knows(height: int, known: int) -> None:
    assert made(height=height).height_class == known
