"""What the queue's page shows."""

import dataclasses
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from customers import roles
from interventions.console import choices, once, words
from interventions.console.case_forms import staff_who_take_cases
from interventions.console.filters import Column, QueueAddress
from interventions.console.paging import Sort
from interventions.console.queue import counts, export, finding, many, reading, saving
from interventions.console.queue.addresses import address_of
from interventions.console.queue.forms import SHARED_WITH
from interventions.console.queue.many import Verb
from interventions.console.queue.row_html import RowWriter
from interventions.console.requests import ConsoleRequest
from interventions.models import SavedView
from risk.levels import Hardship, Level, Segment
from risk.portfolio.cohorts import DueCohort, Was
from risk.selectors import model_standing

# Said by the next page of the queue, so that the browser forgets what was selected.
ALL_DONE = "queue_all_done"


def context(user: User, address: QueueAddress) -> dict[str, Any]:
    """The region: filters, counts, rows."""
    views = list(SavedView.objects.for_menu(user))
    address = dataclasses.replace(address, has_default=any(view.is_default for view in views))
    filters = address.filters
    people = finding.matching_customers(user=user, filters=filters, sort=address.sort)
    standing = model_standing()
    page = reading.queue_page(people=people, address=address)
    return {
        "address": address,
        "page": page,
        "is_open_here": address.open_id in {row.customer.pk for row in page.rows},
        "sees_everybody": roles.sees_everybody(user),
        "counts": counts.level_counts(user=user, filters=filters),
        "matched": None if filters.is_empty else counts.matched(user=user, people=people, filters=filters),
        "most_selected": many.MOST,
        "most_exported": export.MOST_ROWS,
        "offered": choices.offered(user),
        "levels": [(level, words.LEVEL_SHAPES[level]) for level in reversed(Level)],
        "hardships": [(hardship, words.HARDSHIPS[hardship]) for hardship in Hardship],
        "segments": [(segment, words.SEGMENTS[segment]) for segment in Segment],
        "cohorts": DueCohort,
        "weeks_ago": Was,
        "sorts": Sort,
        "columns": Column,
        **_views(user, views, address),
        "standing": standing,
        "currency": settings.BANK_CURRENCY,
        "writer": RowWriter(address=address, currency=settings.BANK_CURRENCY, has_model=bool(standing.label)),
    }


def frame_context(request: ConsoleRequest) -> dict[str, Any]:
    """What stands round the region: the bar for many customers."""
    offered = many.verbs_of(request.user)
    gives = any(verb == Verb.ASSIGN for verb, _label in offered)
    return {
        "verbs": offered,
        "staff": choices.names_of(staff_who_take_cases()) if gives else [],
        "once": once.new_key(),
        "is_all_done": request.session.pop(ALL_DONE, False),
    }


def _views(user: User, views: list[SavedView], address: QueueAddress) -> dict[str, Any]:
    """The menu of saved views, and how the one on show differs from what is kept."""
    current = next((view for view in views if view.pk == address.view_id), None)
    kept = saving.written(address)
    return {
        "views": [(view, address_of(view)) for view in views],
        "view": current,
        "kept_query": kept,
        "is_view_changed": current is not None and current.query != kept,
        "may_change_view": current is not None and saving.may_change(user, current),
        "may_share": saving.may_share(user),
        "roles": SHARED_WITH,
    }
