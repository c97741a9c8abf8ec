"""Where a saved view leads."""

from django.urls import reverse

from interventions.models import SavedView


def address_of(view: SavedView) -> str:
    """The queue as a view shows it."""
    return f"{reverse('queue')}?{view.query}{'&' if view.query else ''}view={view.pk}"
