"""How the admin shows moments and people: a moment says by which clock, a person is no link.

One rule for every list and page. What PostgreSQL stamps, or says so itself, is on the wall clock; every other moment
is on the bank's clock. Both are shown in the bank's zone. People are administered by administrators alone: to anybody
else a link to them would lead nowhere.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateTimeField, Field, Model, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise, keep_lazy_text
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.services import label_of

NOTHING = "-"
DAY = "j\N{NO-BREAK SPACE}M\N{NO-BREAK SPACE}Y"
WALL, BANK = _("wall clock"), _("bank time")
# Stamped by triggers, which a field cannot say of itself.
STAMPED = {"submitted_at", "activated_at", "retired_at", "shadow_since"}
# Help that says no more than the label.
REPEATED = {"bank clock", "wall clock"}


def moment(at: dt.datetime | None) -> str:
    """A moment in the bank's zone, to the second; the day never breaks."""
    if at is None:
        return NOTHING
    local = at.astimezone(ZoneInfo(settings.BANK_TIME_ZONE))
    return date_format(local, f"{DAY} H:i:s")


def is_on_wall_clock(field: "DateTimeField[Any, Any]") -> bool:
    """Whether a moment was taken from the wall clock."""
    return (
        isinstance(field.db_default, Now)
        or field.auto_now
        or field.name in STAMPED
        or "wall clock" in str(field.help_text)
    )


class Worded:
    """An admin, or the rows in one, that shows moments and people by the rule; `words` are labels by field's name."""

    words: Mapping[str, str | Promise] = {}

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.all_shown(super().get_list_display(request))  # type: ignore[misc]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.all_shown(super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown_sections(request, obj, super().get_fieldsets(request, obj))  # type: ignore[misc]

    def with_people(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with the people among their fields, who would be asked for row by row otherwise."""
        model = cast(Any, self).model
        names = [each for each in cast(Any, self).fields or () if isinstance(each, str)]
        people = [
            field.name for field in model._meta.concrete_fields if field.name in names and _is_person(field)
        ]
        return rows.select_related(*people) if people else rows

    def shown_sections(self, request: HttpRequest, obj: Any, sections: Any) -> Any:
        """Fieldsets as they are, with what cannot be changed shown by the rule."""
        fixed = set(self.get_readonly_fields(request, obj))
        page = cast(Any, self)
        is_open = (
            page.has_add_permission(request) if obj is None else page.has_change_permission(request, obj)
        )

        def chosen(name: Any) -> Any:
            shown = self._shown(name)
            return shown if shown in fixed or not is_open else name

        return [
            (title, {**options, "fields": [chosen(each) for each in options["fields"]]})
            for title, options in sections
        ]

    def all_shown(self, names: Iterable[Any]) -> tuple[Any, ...]:
        """Names of fields as they are shown by the rule."""
        return tuple(map(self._shown, names))

    def _shown(self, name: Any) -> Any:
        if not isinstance(name, str) or hasattr(self, name):
            return name
        model = cast(Any, self).model
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return name
        return _way_of(model, name, self.words.get(name, "")) if isinstance(field, Field) else name


@cache
def _way_of(model: type[Model], name: str, label: str | Promise) -> Any:
    """How a field is shown, the same function every time; its own name where Django shows it well."""
    field: Any = model._meta.get_field(name)
    words = label or field.verbose_name
    if isinstance(field, DateTimeField):
        clock = WALL if is_on_wall_clock(field) else BANK
        return _named(
            field, lambda row: moment(getattr(row, name)), format_lazy("{} ({})", _no_at(words), clock)
        )
    if _is_person(field):
        return _named(field, lambda row: label_of(getattr(row, name)) or NOTHING, words)
    if not label:
        return name
    if isinstance(field, BooleanField):
        made = _named(field, lambda row: getattr(row, name), words)
        made.boolean = True
        return made
    return _named(field, lambda row: _plain(row, name), words)


def _is_person(field: Any) -> bool:
    return bool(field.is_relation and issubclass(field.related_model, AbstractBaseUser))


@keep_lazy_text
def _no_at(words: str | Promise) -> str:
    return str(words).removesuffix(" at")


def _plain(row: Model, name: str) -> Any:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    if isinstance(value, dt.date):
        return date_format(value, DAY)
    return NOTHING if value in (None, "") else value


def _named(field: Any, made: Any, words: Any) -> Any:
    # By the field's name Django finds the help.
    made.__name__ = f"{field.name}_shown" if field.help_text in REPEATED else field.name
    made.short_description = words
    made.admin_order_field = field.name
    return made
