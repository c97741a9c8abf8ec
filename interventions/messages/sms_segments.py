"""How many parts an SMS is sent in. Pure.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table; UCS-2) and TS 23.040 (concatenation).
"""

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Sent as two characters: an escape, then one of another table.
GSM_7_EXTENDED = frozenset("\f^{}\\[~]|€")


def is_gsm_7(text: str) -> bool:
    """Whether every character is of the 7-bit alphabet; one other makes the whole SMS UCS-2."""
    return GSM_7.issuperset(set(text) - GSM_7_EXTENDED)


def segments(text: str) -> int:
    """The parts a text is sent in: 160 or 70 characters in one, 153 or 67 in each of several. 0: no text.

    No character is divided between two parts: neither an escape sequence nor a pair of surrogates.
    """
    if is_gsm_7(text):
        return _parts([2 if each in GSM_7_EXTENDED else 1 for each in text], alone=160, each=153)
    return _parts([2 if ord(each) > 0xFFFF else 1 for each in text], alone=70, each=67)


def _parts(widths: list[int], *, alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return min(1, len(widths))
    parts, used = 1, 0
    for width in widths:
        if used + width > each:
            parts, used = parts + 1, 0
        used += width
    return parts
