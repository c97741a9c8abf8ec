"""How customers are addressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.messages.first_names import HONORIFICS, first_name


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("Asha Rao", "Asha"),
        ("Lakshmi", "Lakshmi"),
        ("LAKSHMI NAIR", "Lakshmi"),
        ("Mr. Rajesh Kumar", "Rajesh"),
        ("Prof. Dr. Meera Iyer", "Meera"),
        ("Smt Kamala", "Kamala"),
        ("श्रीमती आशा राव", "आशा"),
        ("Rao, Asha", "Asha"),
        ("RAO, ASHA", "Asha"),
        ("Rao,", "Rao"),
        ("ANNE-MARIE D'SOUZA", "Anne-Marie"),
        ("R. K. Narayan", "R. K. Narayan"),
        ("R.K. Narayan", "R.K. Narayan"),
        ("Md. Irfan", "Md. Irfan"),
        ("J", "J"),
        ("  Asha\u00a0 Rao ", "Asha"),
        ("Jo Li", "Jo"),
    ],
)
def test_greeting_is_the_first_name_or_all_of_it(full_name: str, expected: str) -> None:
    assert first_name(full_name) == expected


@pytest.mark.parametrize("full_name", ["", "  ", "Dr", "Mr. ", "12345", "-", ","])
def test_no_name_is_no_greeting(full_name: str) -> None:
    assert first_name(full_name) == ""


@given(st.text(max_size=60))
def test_any_text_has_an_answer_without_an_honorific_in_front(full_name: str) -> None:
    found = first_name(full_name)

    assert not found or found.split()[0].casefold().rstrip(".") not in HONORIFICS
    assert found == found.strip()
