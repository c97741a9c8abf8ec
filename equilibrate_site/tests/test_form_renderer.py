"""Fields written at once are what Django's templates write."""

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from equilibrate_site.form_renderer import WIDGETS, WRITTEN, AtOnce

NASTY = "\"><script>'&amp;</script> राव"
CHOICES = [
    ("", gettext_lazy("Choose")),
    (NASTY, NASTY),
    (1, mark_safe("<b>one</b>")),
    ("Group & co", [("a", "A"), ("b", "B")]),
]
KINDS: list[tuple[type[forms.Widget], dict[str, Any], list[Any]]] = [
    (forms.TextInput, {}, [None, "", NASTY, mark_safe("<i>"), 0, 12.5]),
    (forms.NumberInput, {}, [None, 1_234_567, "x"]),
    (forms.EmailInput, {}, [None, "a@example.com"]),
    (forms.PasswordInput, {"render_value": True}, [None, NASTY]),
    (forms.HiddenInput, {}, [None, "", NASTY, 7]),
    (forms.DateInput, {"format": "%Y-%m-%d"}, [None, dt.date(2026, 7, 1)]),
    (forms.DateTimeInput, {}, [None, dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)]),
    (forms.TimeInput, {}, [None, dt.time(9, 30)]),
    (forms.CheckboxInput, {}, [None, True, False, "yes"]),
    (forms.Textarea, {}, [None, "", NASTY, "two\nlines"]),
    (forms.Select, {"choices": CHOICES}, [None, "", NASTY, 1, "1", "b", "nobody"]),
]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id-x", "required": True, "disabled": False, "data-note": NASTY, "maxlength": 20},
]


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=["bare", "with attributes"])
@pytest.mark.parametrize(("kind", "options", "values"), KINDS, ids=[kind.__name__ for kind, _, _ in KINDS])
def test_widget_is_written_as_its_template_writes_it(
    kind: type[forms.Widget], options: dict[str, Any], values: list[Any], attributes: dict[str, Any]
) -> None:
    widget = kind(**options)
    assert widget.template_name in WRITTEN

    for value in values:
        written = widget.render("a field & more", value, attributes, AtOnce())
        assert written == widget.render("a field & more", value, attributes, DjangoTemplates())


def test_every_template_written_here_is_tried() -> None:
    tried = {kind.template_name for kind, _, _ in KINDS}

    assert tried == set(WRITTEN)


def test_other_widgets_have_their_templates() -> None:
    class Coloured(forms.Select):
        option_template_name = f"{WIDGETS}radio_option.html"

    for widget in (forms.RadioSelect(choices=CHOICES), Coloured(choices=CHOICES)):
        assert widget.render("x", "b", {}, AtOnce()) == widget.render("x", "b", {}, DjangoTemplates())
