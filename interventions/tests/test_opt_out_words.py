"""Which answers end messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.contact.opt_out_words import is_of_all_channels, is_opt_out


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", "Stop!", "STOP please", "please stop", "  STOP\n", "“STOP”", "(stop)", "STOPALL", "stop all",
        "Unsubscribe me", "OPT-OUT", "opt out", "Cancel", "END", "quit", "NO", "रोकें", "रोको", "बंद", "बंद करो",
        "कृपया संदेश बंद करें", "मुझे संदेश नहीं चाहिए", "मत भेजो", "STOP लिख भेजा", "बस", "नहीं",
    ],
)  # fmt: skip
def test_no_more(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "…", "Thank you", "Can you call me at five?", "I want to cancel my card, how do I do that?", "हाँ धन्यवाद",
        "Yes", "My salary stopped in May", "There is a bus stop near the branch, may I come by there tomorrow?",
        "At the end of the month I can pay",
    ],
)  # fmt: skip
def test_something_else(text: str) -> None:
    assert not is_opt_out(text)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert is_opt_out(text) in (True, False)
    assert is_of_all_channels(text) in (True, False)


@given(st.sampled_from(["stop", "STOP", "रोकें"]), st.text(alphabet=" .!\n", max_size=5))
def test_whatever_stands_round_the_word(word: str, around: str) -> None:
    assert is_opt_out(around + word + around)
