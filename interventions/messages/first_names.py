"""How a customer is addressed: one name out of what the bank's records call a full name. Pure."""

import re

HONORIFICS = frozenset(
    {
        *(
            "mr",
            "mrs",
            "ms",
            "miss",
            "mx",
            "dr",
            "prof",
            "er",
            "adv",
            "ca",
            "capt",
            "col",
            "maj",
            "lt",
            "sir",
        ),
        *("shri", "sri", "shree", "smt", "km", "kum", "kumari", "sushri", "sh", "m/s"),
        *("श्री", "श्रीमती", "सुश्री", "कुमारी", "डॉ", "डा", "प्रो"),
    }
)
# Shortened first names that nobody is addressed by alone.
SHORTENED = frozenset({"md", "mohd", "mhd", "sk", "st"})
_SEPARATORS = re.compile(r"[\s\u00a0]+")


def first_name(full_name: str) -> str:
    """The name to write in a greeting; empty where the records hold none.

    Honorifics are left out, "Rao, Asha" is read as Asha Rao, what is written in capitals alone becomes Asha. Where
    the first name is an initial or a short form (R. K. Narayan, Md. Irfan), the whole name is written: half of it
    would be somebody else's.

    Args:
        full_name: As stored; any script.
    """
    family, comma, given = full_name.partition(",")
    words = _SEPARATORS.split(f"{given} {family}".strip() if comma and given.strip() else family.strip())
    names = _without_honorifics([word for word in words if any(map(str.isalpha, word))])
    if not names:
        return ""
    if _is_initial(names[0]) or _plain(names[0]) in SHORTENED:
        return " ".join(map(_cased, names))
    return _cased(names[0])


def _without_honorifics(words: list[str]) -> list[str]:
    """Whatever comes before the name; a title with nothing behind it is no name."""
    while words and _plain(words[0]) in HONORIFICS:
        words = words[1:]
    return words


def _plain(word: str) -> str:
    return word.casefold().rstrip(".")


def _is_initial(word: str) -> bool:
    """R, R. or R.K.; one letter of Devanagari with its signs is a name's first letter, too."""
    return all(sum(map(str.isalpha, part)) <= 1 for part in word.split("."))


def _cased(word: str) -> str:
    """ASHA becomes Asha; initials and mixed letters stay as they are."""
    is_shouted = word.isupper() and not _is_initial(word)
    return "-".join(part.capitalize() for part in word.split("-")) if is_shouted else word
