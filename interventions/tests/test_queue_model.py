"""What the queue shows of the model: probability, which of the two set the level, reasons, a way out."""

import datetime as dt
import re
import time
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from interventions.console import selectors
from interventions.console.queue_rows import QueueRow
from interventions.tests import staff
from interventions.tests.factories import AS_OF_ON, QUIET_INPUTS, AssessmentFactory, RulebookFactory
from interventions.tests.test_views import html_of, logged_in, probe
from risk.levels import Hardship, Level, Segment
from risk.model.counterfactual import Change, Counterfactual
from risk.model.explain import Explanation, Reason
from risk.model.levers import SHORTFALL
from risk.model.on_reading import Reading, Silence
from risk.models import Assessment, CurrentRisk, SystemProbe
from risk.models.assessment import HELD
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.registered import active
from risk.tests.voices import borrower

pytestmark = pytest.mark.django_db

SHORT = Reason("balance", "projected_shortfall_to_income", 0.2, 6_400.0, 11_000.0, "raises", 0.9)
INCOME = Reason("income", "income_change", -0.65, 18_000.0, 52_000.0, "raises", 0.6)
HISTORY = Reason("history", "misses_365d", 0.0, 0.0, None, "lowers", -0.3)
GONE = Reason("weather", "rain_30d", 1.0, 1.0, None, "raises", 2.0)
WHY = Explanation(margin=-0.8, base=-2.1, reasons=(SHORT, INCOME, HISTORY), rest=0.1)
WAY_OUT = Counterfactual(
    changes=(Change(lever=SHORTFALL, before=6_400.0, after=0.0, effort=1.0),),
    probability=0.18,
    band=Level.MEDIUM,
    score_level=Level.LOW,
)


NEWER = {
    "revision": 2,
    "level": Level.HIGH,
    "score": 1.0,
    "segment": Segment.STABLE,
    "hardship": Hardship.NONE,
    "inputs": QUIET_INPUTS,
    "points": {},
    "hardships": {},
    "as_of_on": AS_OF_ON,
    "code_version": "test",
    "assessed_at": "2026-02-17T06:00:00Z",
}


def scored(name: str = "Asha Rao", *, why: Explanation = WHY, **fields: Any) -> Customer:
    """A customer of whom the model says HIGH and the scorecard LOW."""
    said = {"probability": 0.31, "band": Level.HIGH, "model_id": 7}
    stored = {"model_reasons": why.as_json()} if fields.get("band") != Level.LOW else {}
    fields = {"level": Level.HIGH, "score_level": Level.LOW, "score": 1.0, **said, **stored, **fields}
    return staff.assessed(name, reasons=why.as_json(), **fields)


@pytest.fixture
def standing() -> None:
    probe(SystemProbe.MODEL, model="early-warning-7", problem="")


class Heard:
    """A reader that says one thing of everybody."""

    def __init__(self, reading: Reading | Silence) -> None:
        self.reading = reading

    def read(self, risk: CurrentRisk, *, with_way_out: bool = False) -> Reading | Silence:
        return self.reading


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    found = Reading(
        model="early-warning-7", probability=0.31, band=Level.HIGH, explanation=WHY, way_out=WAY_OUT
    )
    monkeypatch.setattr(selectors, "process_reader", lambda: Heard(found))
    return found


def cell(html: str, name: str) -> str:
    found = re.search(rf'data-cell="{name}"[^>]*>(.*?)</td>', html)
    assert found is not None
    # The hardship stands there again, for screens too narrow for its own column.
    own = re.sub(r'<span class="with-why">.*?</span>', "", found[1])
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", own)).strip())


@pytest.mark.parametrize(
    ("probability", "band", "wanted"),
    [
        (0.31, Level.HIGH, "▲ 31 % , by the model: HIGH"),
        (0.12, Level.MEDIUM, "◆ 12 % , by the model: MEDIUM"),
        (0.004, Level.LOW, "● < 1 % , by the model: LOW"),
    ],
)
def test_probability_has_its_bands_shape(probability: float, band: Level, wanted: str) -> None:
    scored(probability=probability, band=band)

    html = html_of(logged_in(staff.supervisor()))

    assert cell(html, "probability").replace("\u00a0", " ") == wanted


@pytest.mark.usefixtures("standing")
def test_dash_says_that_the_model_does_not_speak_of_the_customer() -> None:
    staff.assessed()

    html = html_of(logged_in(staff.supervisor()))

    assert cell(html, "probability").startswith("– The model does not speak of this customer")


def test_dash_says_that_no_model_is_active() -> None:
    staff.assessed()

    html = html_of(logged_in(staff.supervisor()))

    assert cell(html, "probability").startswith("– No model is active: the scorecard decides alone.")
    assert 'title="No model is active: the scorecard decides alone.' in html


def test_notice_says_that_the_rules_are_alone() -> None:
    assert "No approved model is active" in html_of(logged_in(staff.supervisor()))


def test_notice_says_why_a_model_does_not_score() -> None:
    probe(SystemProbe.MODEL, is_ok=False, model="", problem="early-warning-7: its stored bytes were altered")

    html = html_of(logged_in(staff.manager()))

    assert "The model does not score: early-warning-7: its stored bytes were altered." in html
    assert 'href="/models/"' not in html


@pytest.mark.usefixtures("standing")
def test_no_notice_where_a_model_stands() -> None:
    html = html_of(logged_in(staff.supervisor()))

    assert "Rules alone" not in html
    assert 'href="/models/"' in html


def test_level_of_the_model_says_whose_it_is_and_why() -> None:
    scored()

    html = html_of(logged_in(staff.supervisor()))

    assert cell(html, "level") == "▲ HIGH by model . Set by the model; the scorecard alone says LOW."
    assert cell(html, "why") == (
        "The balance may be ₹6,400 short on the due date (27 Feb); income of the last 30 days is ₹18,000,"
        " usually ₹52,000."
    )


@pytest.mark.parametrize("changes", [{"score_level": Level.HIGH}, {"band": Level.LOW, "level": Level.LOW}])
def test_level_of_the_scorecard_is_explained_by_it(changes: dict[str, Any]) -> None:
    scored(**changes)

    html = html_of(logged_in(staff.supervisor()))

    assert "by model" not in cell(html, "level")
    assert cell(html, "why") == "Nothing unusual in the last 90 days."


def test_reasons_of_a_receipt_are_not_those_of_today() -> None:
    scored(model_reasons=None)

    html = html_of(logged_in(staff.supervisor()))

    assert cell(html, "why") == "Nothing unusual in the last 90 days."
    assert cell(html, "probability").startswith("– The model's reasons cannot be worked out just now")


def test_feature_of_an_earlier_release_is_left_out() -> None:
    scored(why=Explanation(margin=-0.8, base=-2.1, reasons=(GONE, INCOME), rest=-1.3))

    found = cell(html_of(logged_in(staff.supervisor())), "why")

    assert found == "Income of the last 30 days is ₹18,000, usually ₹52,000."


@pytest.mark.parametrize(
    ("score_level", "band", "wanted"),
    [
        (None, None, "Set by the scorecard alone."),
        (Level.LOW, None, "Set by the scorecard alone."),
        (Level.LOW, Level.HIGH, "Set by the model; the scorecard alone says LOW."),
        (Level.HIGH, Level.MEDIUM, "Set by the scorecard; the model alone says MEDIUM."),
        (Level.LOW, Level.LOW, "The scorecard and the model agree."),
    ],
)
def test_open_row_says_which_of_the_two_set_the_level(
    score_level: Level | None, band: Level | None, wanted: str
) -> None:
    risk = CurrentRisk(score_level=score_level, band=band)
    row = QueueRow(customer=Customer(), risk=risk, reasons=[], sentence="", due_days=None, action=None)

    assert row.setter == wanted


def text_of_open_row(client: Client, customer: Customer) -> str:
    html = html_of(client, f"/queue/?open={customer.pk}")
    detail = html[html.index(f'id="d{customer.pk}"') :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", detail)).replace("\u00a0", " ")


@pytest.mark.usefixtures("reading", "standing")
def test_open_row_shows_reasons_that_sum_to_the_probability() -> None:
    found = text_of_open_row(logged_in(staff.supervisor()), scored())

    assert "By the scorecard: 1 of 10 Nothing unusual in the last 90 days" in found
    assert "By the model: 31 % to miss an instalment within 30 days" in found
    assert "The balance may be ₹6,400 short on the due date (27 Feb) raises the risk: +0.90" in found
    assert "No instalment was missed in the last 12 months lowers the risk: −0.30" in found
    assert "Everything else +0.10 The average customer −2.10 Together, which stands for 31 % −0.80" in found
    assert round(0.9 + 0.6 - 0.3 + 0.1 - 2.1, 2) == -0.8


def test_open_row_gives_every_reason_its_points_which_sum_to_the_score() -> None:
    customer = staff.in_shock()
    known = Assessment.objects.values("level", "score", "segment", "hardship", "inputs", "points").get()
    # What the hardship's own evidence adds in words alone.
    evidence: dict[str, dict[str, float]] = {"INCOME_SHOCK": {}, "OVER_LEVERAGE": {}}
    AssessmentFactory.create(customer=customer, revision=2, hardships=evidence, **known)

    html = html_of(logged_in(staff.supervisor()), f"/queue/?open={customer.pk}")
    by_rules = re.search(r'<ul class="weights">(.*?)</ul>', html, re.DOTALL)
    assert by_rules is not None

    said = re.findall(r'<li>[^<]+<span class="weight">([^<]+)</span></li>', by_rules[1])
    assert said == ["+3", "+1.5", "+1", "0"]
    assert len(said) == by_rules[1].count("<li>")
    assert "By the scorecard: 5.5 of 10" in html


@pytest.mark.usefixtures("reading", "standing")
def test_open_row_says_what_would_change_it() -> None:
    found = text_of_open_row(logged_in(staff.supervisor()), scored())

    assert "If the likely shortfall of ₹6,400 were covered, the model would say MEDIUM (18 %)." in found


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "process_reader", lambda: Heard(Silence.FAILED))


@pytest.mark.usefixtures("no_reading")
@pytest.mark.parametrize(
    ("has_model", "wanted"),
    [
        (True, "The model does not speak of this customer"),
        (False, "No model is active: the scorecard decides alone."),
    ],
)
def test_open_row_without_a_probability_says_why(has_model: bool, wanted: str) -> None:
    if has_model:
        probe(SystemProbe.MODEL, model="early-warning-7", problem="")

    assert wanted in text_of_open_row(logged_in(staff.supervisor()), staff.assessed())


@pytest.mark.usefixtures("no_reading", "standing")
def test_open_row_shows_what_was_stored_where_nothing_can_be_worked_out() -> None:
    found = text_of_open_row(logged_in(staff.supervisor()), scored())

    assert "By the model: 31 % to miss an instalment within 30 days" in found
    assert "Everything else +0.10" in found
    assert "As of bank day 17 Feb 2026. They cannot be worked out anew just now." in found


@pytest.mark.usefixtures("no_reading", "standing")
@pytest.mark.parametrize("fields", [{"model_reasons": None}, {"band": Level.LOW, "level": Level.LOW}])
def test_no_probability_is_shown_without_reasons(fields: dict[str, Any]) -> None:
    customer = scored(**fields)
    client = logged_in(staff.supervisor())

    assert "so its probability is not shown" in text_of_open_row(client, customer)
    assert "so its probability is not shown" in cell(
        html_of(client, f"/queue/?open={customer.pk}"), "probability"
    )


@pytest.mark.usefixtures("standing")
def test_no_two_figures_are_shown_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "process_reader", lambda: Heard(Silence.OUTDATED))

    html = text_of_open_row(logged_in(staff.supervisor()), scored())

    assert "By the model This customer is being evaluated again" in html
    assert "%" not in html[: html.index("What to do")].replace("0 %", "")


@pytest.mark.usefixtures("no_reading", "standing")
def test_reasons_of_another_figure_than_the_one_that_holds_are_not_told() -> None:
    customer = scored(model_reasons=HELD, next_due_on=AS_OF_ON - dt.timedelta(days=1))
    CurrentRisk.objects.filter(customer=customer).update(probability=0.5)

    client = logged_in(staff.supervisor())

    assert "Everything else" not in text_of_open_row(client, customer)
    assert cell(html_of(client), "probability").replace("\u00a0", " ").startswith("▲ 50 %")


@pytest.mark.usefixtures("no_reading", "standing")
def test_feature_of_an_earlier_release_counts_among_the_rest() -> None:
    customer = scored(why=Explanation(margin=-0.8, base=-2.1, reasons=(GONE, INCOME), rest=-1.3))

    found = text_of_open_row(logged_in(staff.supervisor()), customer)

    assert "raises the risk: +0.60 Everything else +0.70 The average customer −2.10" in found


TODAYS = Explanation(margin=-0.8, base=-2.1, reasons=(HISTORY, INCOME), rest=1.0)


@pytest.mark.usefixtures("no_reading", "standing")
def test_reasons_of_the_evaluation_come_before_those_of_an_assessment() -> None:
    customer = scored(model_reasons=TODAYS.as_json())

    client = logged_in(staff.supervisor())

    assert cell(html_of(client), "why") == "Income of the last 30 days is ₹18,000, usually ₹52,000."
    assert "Everything else +1.00" in text_of_open_row(client, customer)


@pytest.mark.usefixtures("no_reading", "standing")
def test_good_news_is_no_cause() -> None:
    good = Reason("HISTORY", "misses_180d", 0.0, 0.0, None, "raises", 0.4)
    scored(model_reasons=Explanation(margin=-0.8, base=-2.1, reasons=(good,), rest=0.9).as_json())

    why = cell(html_of(logged_in(staff.supervisor())), "why")

    assert why == "Many small things together, none of which stands out alone."


@pytest.mark.usefixtures("no_reading", "standing")
def test_what_the_model_last_said_holds_while_an_instalment_is_overdue() -> None:
    customer = scored(model_reasons=HELD, next_due_on=AS_OF_ON - dt.timedelta(days=1))

    client = logged_in(staff.supervisor())

    held = "An instalment is overdue, and what the model said before it was due holds"
    assert cell(html_of(client), "why").startswith(f"{held}; the balance may be ₹6,400 short")
    found = text_of_open_row(client, customer)
    assert f"By the model: 31 % to miss an instalment within 30 days {held}." in found
    assert "As of bank day 17 Feb 2026. Weights" in found


@pytest.mark.usefixtures("no_reading", "standing")
def test_what_the_model_last_said_holds_just_beyond_its_horizon() -> None:
    customer = scored(model_reasons=HELD, next_due_on=AS_OF_ON + dt.timedelta(days=31))
    Assessment.objects.create(
        customer=customer,
        rulebook=RulebookFactory.create(),
        **{**NEWER, "reasons": HELD, "model_id": 7, "probability": 0.31, "band": Level.HIGH},
    )

    client = logged_in(staff.supervisor())

    held = "The next instalment lies just beyond the 30 days the model looks at, and what it last said holds."
    assert cell(html_of(client), "why") == held
    assert f"By the model {held}" in text_of_open_row(client, customer)


@pytest.mark.usefixtures("no_reading", "standing")
def test_model_that_failed_for_a_customer_says_so() -> None:
    customer = staff.assessed(model_failed=True)

    client = logged_in(staff.supervisor())

    assert "The model could not score this customer" in text_of_open_row(client, customer)
    assert "The model could not score this customer" in cell(html_of(client), "probability")


@pytest.mark.usefixtures("at_noon")
def test_open_row_is_explained_by_the_model_that_scored_it() -> None:
    active()
    customer = borrower(full_name="Asha Rao")
    mark_dirty([customer.pk])
    Refresher().run(until=time.monotonic() + 60)
    risk = CurrentRisk.objects.get(customer=customer)
    assert risk.probability is not None

    found = text_of_open_row(logged_in(staff.supervisor()), customer)

    assert f"By the model: {100 * risk.probability:.0f} % to miss an instalment" in found
    assert "Weights are log-odds" in found
    assert "As of bank day" not in found


@pytest.mark.usefixtures("at_noon")
def test_queries_do_not_grow_with_rows_of_a_model() -> None:
    active()
    customers = [borrower(full_name=f"Rani {number}") for number in range(12)]
    mark_dirty([customers[0].pk])
    Refresher().run(until=time.monotonic() + 60)
    client = logged_in(staff.supervisor())
    few = queries(client, customers[0])
    mark_dirty([customer.pk for customer in customers])
    Refresher().run(until=time.monotonic() + 60)

    assert queries(client, customers[0]) == few
    assert few <= 22


def queries(client: Client, opened: Customer) -> int:
    # The first time the model is loaded and the reading remembered.
    client.get(f"/queue/?open={opened.pk}")
    CurrentRisk.objects.filter(customer=opened).update(evaluated_at="2026-02-17T06:00:00Z")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/queue/?open={opened.pk}").status_code == 200
    return len(captured)
