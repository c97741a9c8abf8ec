"""What the frame round every page of the console shows."""

from django import template
from django.contrib.auth.models import User
from django.http import HttpRequest

from interventions import preferences
from interventions.console import pages
from interventions.preferences import Preferences

register = template.Library()


@register.simple_tag
def menu_of(user: User, here: str = "") -> list[pages.Group]:
    """The pages of the side bar, in groups."""
    return pages.menu(user, here=here)


@register.simple_tag
def preferences_of(request: HttpRequest) -> Preferences:
    """What the reader chose; kept in their session."""
    return preferences.remembered(request.session) or Preferences()


@register.simple_tag
def reader_zone() -> str:
    """The name of the zone in which the reader is shown moments of the wall clock."""
    return preferences.zone().key
