"""A text as its reader sees it, however it is spelled: what a list of words is looked up in. Pure.

Letters that only look like others, marks, points and spaces between letters hide a word from a list and not from a
reader. So one text has several readings, and a word in any of them counts.
"""

import re
import unicodedata

# Letters of other scripts that look like Latin ones, small, after Unicode's own decomposition.
_LOOKALIKES = str.maketrans(
    # Cyrillic, then Greek and the odd Latin ones, then Armenian.
    "авеѕіјкмнорстухһԁԛԝɡıαβεικνορτυχωօոսցհ",
    "abesijkmhopctyxhdqwgiabeiknoptuxwonugh",
)
_DIGITS_AS_LETTERS = str.maketrans("013457@$", "oieastas")
# Fillers and joiners that Unicode does not count among the invisible.
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0\u2800\ufe00-\ufe0f]")
_MARKS_ON_LATIN = re.compile("[\u0300-\u036f]")
_NUKTA = "\u093c"
_LETTER = r"[a-z\u0900-\u097f]"
_SENTENCE_ENDS = re.compile(r"[.!?;:।]+(?=\s|$)|[\n\r]+")
_BETWEEN_LETTERS = re.compile(
    rf"(?<={_LETTER})[^\w\s\u0900-\u097f|{{}}]+(?={_LETTER})|(?<={_LETTER})_+(?={_LETTER})"
)
_NO_WORD = re.compile(r"[^\w\u0900-\u097f|{}]+|_+")
_SINGLE_LETTERS = re.compile(r"(?<!\w)(?:[a-z0-9] ){2,}[a-z0-9](?!\w)")
_MIXED = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*[0134578@$])\S+")
_PLACEHOLDER = re.compile(r"\{\w+\}")


def plain(text: str) -> str:
    """As the lists are written: no case, no marks on Latin letters, no dots under Devanagari ones, nothing invisible,
    look-alikes as what they look like, one space."""
    return _one_space(_folded(text))


def readings(text: str) -> list[str]:
    """Every way in which a reader may take the words: as they stand, and past points, signs, spaces and digits.

    Where a sentence ends, no word goes on: "|" stands there.
    """
    folded = _folded(text)
    words = _SENTENCE_ENDS.sub(" | ", _PLACEHOLDER.sub(" {} ", folded))
    joined = _BETWEEN_LETTERS.sub("", words)
    as_letters = _MIXED.sub(lambda match: match.group().translate(_DIGITS_AS_LETTERS), words)
    # Two spaces are the end of a word that is written with one between its letters.
    spaced = _SINGLE_LETTERS.sub(lambda match: match.group().replace(" ", ""), words)
    taken = [words, joined, _BETWEEN_LETTERS.sub("", as_letters), spaced]
    found = [_one_space(folded), *(_one_space(_NO_WORD.sub(" ", each)) for each in taken)]
    return list(dict.fromkeys(found))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text)
    text = _FILLERS.sub("", "".join(each for each in text if unicodedata.category(each) != "Cf"))
    text = _MARKS_ON_LATIN.sub("", text).replace(_NUKTA, "")
    return unicodedata.normalize("NFC", text).casefold().translate(_LOOKALIKES).replace("’", "'")


def _one_space(text: str) -> str:
    return " ".join(text.split())
