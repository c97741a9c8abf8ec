"""The words of a digest: how many of what, and where to look. No name, no money: e-mail is no safe place."""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from interventions.alerting import lists, words
from interventions.models import AlertDigest, Notice, StaffSettings


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind in a digest: how many, and where they are."""

    words: str
    url: str


def compose(digest: AlertDigest) -> EmailMultiAlternatives:
    """The e-mail of a digest, in its reader's language."""
    chosen = StaffSettings.objects.filter(pk=digest.user_id).values_list("language", flat=True).first()
    with translation.override(chosen or settings.LANGUAGE_CODE):
        total = sum(digest.counts.values())
        context = {
            "total": words.said(total),
            "lines": [_line(kind, digest.counts[kind]) for kind in Notice.Kind if kind in digest.counts],
            "list_url": _absolute(reverse("alerts")),
            "settings_url": _absolute(reverse("settings_alerts")),
            "language": translation.get_language(),
        }
        subject = ngettext("%(n)s new alert in Equilibrate", "%(n)s new alerts in Equilibrate", total)
        message = EmailMultiAlternatives(
            subject=subject % {"n": words.said(total)},
            body=render_to_string("interventions/alerts/digest.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[digest.user.email],
            # An automatic reply to it helps nobody.
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
        message.attach_alternative(render_to_string("interventions/alerts/digest.html", context), "text/html")
    return message


def _line(kind: Notice.Kind, count: int) -> Line:
    return Line(words=words.in_number(kind, count), url=_absolute(lists.path_of(kind)))


def _absolute(path: str) -> str:
    """The address for somebody who is not on the site; "" where the site does not know its own."""
    base = settings.PUBLIC_BASE_URL.rstrip("/")
    return f"{base}{path}" if base else ""
