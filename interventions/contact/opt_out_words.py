"""What customers write when they want no more messages. Pure.

The doubtful counts as wanting no more: a message too few is mended by a call, one too many is not.
"""

import unicodedata

# Alone in a message these end it; in a sentence they may be about something else.
ALONE = frozenset(
    {"cancel", "end", "quit", "optout", "revoke", "no", "नहीं", "रुको", "रुकें", "band", "roko", "बस"}
)
# At the beginning of any message, or anywhere in a short one.
ANYWHERE = frozenset({"stop", "stopall", "unsubscribe", "रोकें", "रोको", "रोकिए", "रोक", "बंद", "बन्द"})
PHRASES = ("opt out", "stop all", "no more messages", "मत भेजो", "मत भेजें", "संदेश नहीं चाहिए", "नहीं चाहिए")
ALL_CHANNELS = frozenset({"stopall", "stop all", "सब बंद"})
SHORT_WORDS = 6


def is_opt_out(text: str) -> bool:
    """Whether somebody who writes this wants no more messages."""
    words = _words(text)
    plain = " ".join(words)
    if not words:
        return False
    if plain in ALONE or words[0] in ANYWHERE or any(phrase in plain for phrase in PHRASES):
        return True
    return len(words) <= SHORT_WORDS and any(word in ANYWHERE for word in words)


def is_of_all_channels(text: str) -> bool:
    """Whether they say so of every channel at once."""
    plain = " ".join(_words(text))
    return any(plain.startswith(phrase) for phrase in ALL_CHANNELS)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold()
    # Letters with their marks, and digits; everything else stands between words.
    return "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in folded).split()
