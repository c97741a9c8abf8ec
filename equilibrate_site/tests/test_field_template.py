"""What a field of a form says of itself is there: its help and its errors have the ids that the field names."""

import re

import pytest
from django import forms
from django.template.loader import render_to_string


class Asked(forms.Form):
    reason = forms.CharField(help_text="In a few words.", min_length=5)
    day = forms.DateField()
    is_sure = forms.BooleanField(required=False, help_text="It cannot be undone.")


@pytest.mark.parametrize("given", [None, {"reason": "abc", "day": "tomorrow"}])
def test_everything_that_describes_a_field_is_on_the_page(given: dict[str, str] | None) -> None:
    form = Asked(given)
    html = "".join(render_to_string("field.html", {"field": field}) for field in form)

    named = {each for found in re.findall(r'aria-describedby="([^"]+)"', html) for each in found.split()}
    present = re.findall(r'\bid="([^"]+)"', html)

    expected = {"id_reason_helptext", "id_is_sure_helptext"}
    assert named == (expected | {"id_reason_error", "id_day_error"} if given else expected)
    assert named <= set(present)
    assert len(present) == len(set(present))
