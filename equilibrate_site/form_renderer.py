"""Fields of forms, written at once.

Django renders each field, each of its attributes' lists and each line of a select with a template of its own: a page
with a dozen forms, or with everybody on the staff to choose from, spends most of its time there. What is written here
is what those templates write, to the letter; any other widget has its template.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

WIDGETS = "django/forms/widgets/"
OPTION = f"{WIDGETS}select_option.html"
Widget = Mapping[str, Any]


class AtOnce(DjangoTemplates):
    """Django's renderer, without templates for the usual widgets."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        write = WRITTEN.get(template_name)
        if write is None or not _is_plain(context["widget"]):
            return super().render(template_name, context, request)
        # Every value in it is escaped.
        return mark_safe(write(context["widget"]))  # noqa: S308


def _is_plain(widget: Widget) -> bool:
    return all(line["template_name"] == OPTION for line in _lines(widget))


def _lines(widget: Widget) -> Iterator[Widget]:
    for _name, lines, _index in widget.get("optgroups", ()):
        yield from lines


def _input(widget: Widget) -> str:
    value = widget["value"]
    said = "" if value is None else f' value="{_text(value)}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{said}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    said = _text(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget)}>\n{said}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join(_group(name, lines) for name, lines, _index in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget)}>{groups}\n</select>'


def _group(name: object, lines: list[Widget]) -> str:
    options = "".join(
        f'\n  <option value="{_text(line["value"])}"{_attributes(line)}>{_text(line["label"])}</option>\n'
        for line in lines
    )
    return f'\n  <optgroup label="{_text(name)}">{options}\n  </optgroup>' if name else options


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


INPUTS = ("text", "number", "email", "date", "datetime", "time", "hidden", "password", "checkbox")
WRITTEN: dict[str, Callable[[Widget], str]] = {
    **{f"{WIDGETS}{name}.html": _input for name in INPUTS},
    f"{WIDGETS}textarea.html": _textarea,
    f"{WIDGETS}select.html": _select,
}
