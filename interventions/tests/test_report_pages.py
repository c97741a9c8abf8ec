import dataclasses
import datetime as dt

import pytest
from django.test import Client

from audit.models import AuditEvent
from customers import roles
from interventions.console import measuring_page
from interventions.effect.intervals import Estimate
from interventions.effect.measuring import Arm, ArmFigures, Report, Uplift
from interventions.effect.measuring_reading import Work
from interventions.tests import staff, stage
from risk.levels import Hardship, Level

DAY = dt.date(2026, 2, 17)


def uplift(
    difference: Estimate | None, *, hardship: Hardship | None = None, level: Level | None = None
) -> Uplift:
    helped = ArmFigures(cases=200, missed=10, self_cured=5, ended=50)
    arms = {str(Arm.TREATED): helped, str(Arm.HELD_OUT): ArmFigures()}
    return Uplift(hardship=hardship, level=level, action="Call", arms=arms, difference=difference, fewest=30)


def report() -> Report:
    return Report(
        since_on=DAY,
        until_on=DAY,
        total=uplift(Estimate(-0.03, -0.05, -0.01)),
        parts=[
            uplift(Estimate(0.02, -0.06, 0.1), hardship=Hardship.OVER_LEVERAGE, level=Level.MEDIUM),
            uplift(None, hardship=Hardship.NONE, level=Level.MEDIUM),
        ],
        excluded={"is_vulnerable": 3},
        work=Work(
            cases=1234,
            sla_kept=30,
            sla_breached=10,
            sla_running=2,
            sla_unneeded=0,
            contacted=40,
            first_contact_hours_median=2.25,
            first_contact_hours_p90=9.0,
            outcomes={"helped": 2, "self_cured": 5},
            overridden=1,
            overrides={"knows_customer": 1},
            promises={"kept": 1},
            offers={("due_date_move", "accepted"): 1},
        ),
    )


def test_measuring_page_says_what_help_changes() -> None:
    page = measuring_page.page_of(report(), currency="INR")

    assert [each.figure for each in page.headlines][:2] == ["1,234", "75.0\u00a0%"]
    assert [each.label for each in page.marks] == ["All together", "Over-leverage, MEDIUM"]
    assert page.marks[0].text == "−3.0 (−5.0 … −1.0)"
    # One scale for all: as far as the widest interval, with no difference in the middle.
    assert (page.marks[0].at, page.marks[0].is_first) == ("35.00", True)
    assert page.marks[1].x == "20.00"
    assert page.too_few == ["None, MEDIUM"]
    assert page.outcomes.rows[0].header == "Risk fell by itself"
    cells = [cell.text for cell in page.comparison.rows[0].cells]
    assert cells == ["Call", "5.0\u00a0% (200)", "–", "−3.0", "10.0\u00a0% (50)", "–"]
    assert page.excluded is not None
    assert page.excluded.rows[0].header == "Is vulnerable"


def test_measuring_page_shows_counts_where_a_share_would_say_too_much() -> None:
    few = report()
    few = dataclasses.replace(
        few,
        total=dataclasses.replace(
            few.total, arms={str(Arm.TREATED): ArmFigures(cases=3, missed=1, self_cured=2, ended=19)}
        ),
        work=dataclasses.replace(few.work, cases=4, sla_kept=3, sla_breached=1, contacted=19),
    )

    page = measuring_page.page_of(few, currency="INR")

    assert [(each.figure, each.against) for each in page.headlines[1:]] == [
        ("3 of 4", "of 4 due; 1 late, 2 still have time"),
        ("–", "too few first contacts to say: 19, of 20 needed"),
        ("1 of 4", "of 4 cases"),
    ]
    cells = [cell.text for cell in page.comparison.rows[0].cells]
    assert cells == ["Call", "1 of 3", "–", "−3.0", "2 of 19", "–"]


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_measuring_page_without_a_comparison_says_what_it_takes() -> None:
    stage.set_up()
    client = Client()
    client.force_login(staff.supervisor())

    html = client.get("/measuring/?since=2026-02-01&until=nonsense").content.decode()

    assert "Nothing can be said yet" in html
    for query in ("since=2026-99-99", "since=0001-01-01", "since=9999-12-31", "until=9999-12-31"):
        assert client.get(f"/measuring/?{query}").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_what_if_compares_and_writes_nothing() -> None:
    stage.set_up()
    client = Client()
    client.force_login(staff.user("someone", roles.ANALYSTS))
    before = AuditEvent.objects.count()

    html = client.get(
        "/what-if/?policies=draft&pack=draft&medium_from=2.5&high_from=5&days=7"
    ).content.decode()

    assert "1 of 1 customers looked at" in html
    assert "Who would stand where, on the last day?" in html
    assert AuditEvent.objects.count() == before


@pytest.mark.django_db
def test_what_if_refuses_levels_the_wrong_way_round() -> None:
    client = Client()
    client.force_login(staff.user("someone", roles.ANALYSTS))

    html = client.get("/what-if/?medium_from=5&high_from=3&days=7").content.decode()

    assert "HIGH begins above MEDIUM" in html
    assert "looked at" not in html.replace("It looks at", "")


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF"), ("json", b"{"), ("csv", b"\xef\xbb\xbfat,")])
def test_case_pack_comes_as_a_file(form: str, begins: bytes) -> None:
    scene = stage.set_up()
    client = Client()
    client.force_login(scene.manager)

    response = client.get(f"/cases/{scene.case.pk}/pack/{form}/")

    assert response.content.startswith(begins)
    assert response["Content-Disposition"] == f'attachment; filename="case-{scene.case.pk}.{form}"'
    assert client.get(f"/cases/{scene.case.pk}/pack/exe/").status_code == 404
