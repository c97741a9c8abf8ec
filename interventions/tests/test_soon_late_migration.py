"""That a soon late first contact gives way to a late one can be taken away and brought back."""

import pytest
import time_machine
from django.conf import settings

from interventions.alerting import feed
from interventions.casework import case_sweeps
from interventions.models import Notice
from interventions.tests import staff
from interventions.tests.migrating import migrate
from interventions.tests.test_alerts_told import HOUR, soon_late
from risk.tests.factories import NOON

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here"),
    pytest.mark.usefixtures("no_redis"),
]
BEFORE, THIS = ("interventions", "0022_asked_lately"), ("interventions", "0023_soon_late_gives_way")


def test_what_was_told_before_gives_way_too(at_noon: time_machine.Traveller) -> None:
    rm = staff.manager()
    soon_late(at_noon, of=rm)
    migrate(THIS, before=BEFORE, back=True)
    at_noon.move_to(NOON + 4 * HOUR)
    case_sweeps.mark_breaches()
    assert Notice.objects.filter(kind__in=["sla_at_risk", "sla_breached"]).count() == 2

    migrate(THIS, before=BEFORE, back=False)

    assert feed.unread_count(rm) == 1
    assert Notice.objects.get(is_superseded=True).kind == Notice.Kind.SLA_AT_RISK
