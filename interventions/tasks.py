"""Celery's view of interventions. Messages are wake-ups without content: losing one costs seconds, not data."""

import time

from celery import shared_task

from interventions.alerting import digests, sweeps
from interventions.answering import agreeing
from interventions.casework import assignment, bank_calendar, case_sweeps, holdout_endings
from interventions.casework.deciding import decide_pending
from interventions.help import offers, promises
from interventions.sending import reaping, sender, taking_back
from risk.selectors import day_is_underway

# Beat asks again after five seconds: one worker decides nearly all the time while there is work.
LONGEST_DECIDING_SECONDS = 4.0


@shared_task
def decide() -> None:
    """Decide about everybody whose risk changed; after the bank's midnight, once everybody is evaluated."""
    if day_is_underway():
        return
    until = time.monotonic() + LONGEST_DECIDING_SECONDS
    while time.monotonic() < until and decide_pending():
        pass


@shared_task
def tend_cases() -> None:
    """Bring back snoozed cases, note deadlines that passed, and give away cases that are nobody's."""
    case_sweeps.wake_snoozed()
    case_sweeps.mark_breaches()
    assignment.assign_unassigned()


@shared_task
def look_for_holidays() -> None:
    """Warn, once a bank day, where no bank holiday is known any more."""
    bank_calendar.warn_of_a_list_run_out()


@shared_task
def reconsider_cases() -> None:
    """Have those decided upon for whom time has changed what is to be done."""
    case_sweeps.reconsider()


@shared_task
def settle_promises() -> None:
    """Keep and break promises to pay by the payments that are known."""
    promises.settle_due()


@shared_task
def expire_offers() -> None:
    """End the offers of relief whose last day is over."""
    offers.expire_due()


@shared_task
def end_holdouts() -> None:
    """Write down whose holdout is over, and why."""
    holdout_endings.end_due()


@shared_task
def end_agreements() -> None:
    """End the consent that customers gave by asking to talk, once it has served."""
    agreeing.end_due()


@shared_task
def send() -> None:
    """Send what is due, as far as the gate lets it go."""
    sender.send_due(limit=200)


@shared_task
def take_back_outdated() -> None:
    """Take back what waits to be sent and is not true any more."""
    taking_back.take_back_outdated()


@shared_task
def reap() -> None:
    """Look into what killed workers left behind in the outbox."""
    reaping.reap()


@shared_task
def tell_staff() -> None:
    """Tell of first contacts that will soon be late, and have notices follow customers who changed hands and give way
    to later ones."""
    sweeps.tell_of_deadlines()
    sweeps.give_way()
    sweeps.follow_customers()


@shared_task
def send_digests() -> None:
    """Send the e-mails about alerts that are due."""
    digests.send_due()


@shared_task
def forget_notices() -> None:
    """Remove what staff were told months ago."""
    while sweeps.forget() == sweeps.MOST_AT_ONCE:
        pass
