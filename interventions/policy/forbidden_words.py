"""Words that threaten, diagnose or press, as patterns over plain text (no case, no nukta). Pure.

Sources: FCA CONC 7.3 (forbearance, no undue pressure); 12 CFR 1006.14 and 1006.18 (no harassment, no false threat); the
rules of the RBI on recovery (no intimidation). And the house's own: no message says what the bank believes of anybody.
"""

import re
import unicodedata
from collections.abc import Iterable


def _any_of(english: Iterable[str], hindi: Iterable[str]) -> re.Pattern[str]:
    """Any of these words: English at word boundaries, Hindi at the beginning of a word, written without nukta."""
    plain = [
        unicodedata.normalize("NFC", unicodedata.normalize("NFKD", each).replace("\u093c", ""))
        for each in hindi
    ]
    return re.compile(
        rf"(?<![a-z])(?:{'|'.join(english)})(?![a-z])|(?<![\u0900-\u097f])(?:{'|'.join(plain)})[\u0900-\u097f]*"
    )


THREATS = _any_of(
    (
        r"legal (?:action|steps|notice|proceedings?)", r"(?:the )?courts?", r"police", r"lawyers?",
        r"lawsuits?", r"su(?:e|es|ed|ing)",
        r"arrest(?:ed)?", r"prosecut\w+", r"seiz\w+", r"repossess\w*", r"foreclos\w+", r"confiscat\w+",
        r"recovery agents?", r"debt collectors?", r"collections? agen\w+", r"penalt(?:y|ies)", r"penal",
        r"a fine", r"fines", r"fined",
        r"late fees?", r"blacklist\w*", r"cibil", r"credit (?:score|rating|bureau|history|report)",
        r"consequences?",
        r"or else", r"fail(?:ure|ing)? to pay", r"will be forced", r"shame\w*",
        r"inform your (?:family|employer)",
        r"(?:tell|contact) your (?:family|employer|relatives|neighbours?)", r"warn(?:ing|ed)", r"guarantors?",
    ),
    (
        "कानूनी", "क़ानूनी", "अदालत", "कोर्ट", "पुलिस", "वकील", "मुकदम", "मुक़दम", "गिरफ़्तार", "ज़ब्त", "कुर्क", "नीलाम",
        "वसूली", "जुर्मान", "पेनल्टी", "दंड", "ब्लैकलिस्ट", "सिबिल", "अंजाम", "परिणाम भुगत", "चेतावनी", "बदनाम", "गारंटर",
    ),
)  # fmt: skip
DIAGNOSES = _any_of(
    (
        r"(?:high|medium|low|at|your) risk", r"risky?", r"risk of", r"default(?:ed|er|ers|ing|s)?",
        r"delinquen\w+",
        r"scores?", r"scored", r"scoring", r"probabilit\w+", r"likely to", r"predict\w*", r"algorithms?",
        r"(?:our|the|a) models?", r"flagged", r"profiled", r"analys\w+ (?:of )?your", r"distress\w*",
        r"in trouble",
        r"financial(?:ly)? (?:difficult\w+|trouble|stress\w*|problems?|weak|unstable)", r"hardship",
        r"over-?leverag\w+", r"over-?spend\w*", r"over-?spent", r"spend(?:ing)? too much",
        r"too much debt", r"over-?indebted\w*",
        r"lost your (?:job|income|salary)", r"unemployed", r"struggl\w+", r"vulnerab\w+", r"desperate",
        r"we (?:have )?(?:noticed|seen|observed|detected)", r"(?:cannot|can't) afford", r"bad with money",
        r"irresponsib\w+", r"careless\w*", r"your (?:withdrawals|purchases)",
    ),
    (
        "जोखिम", "डिफ़ॉल्ट", "स्कोर", "संभावना है कि आप", "आर्थिक संकट", "आर्थिक तंगी", "आर्थिक परेशानी", "आर्थिक कठिनाई",
        "पैसों की तंगी", "फ़िज़ूलखर्च", "ज़्यादा खर्च", "नौकरी चली", "नौकरी जा", "बेरोज़गार", "कमज़ोर", "लाचार", "मजबूर",
        "हमने देखा", "हमने पाया", "लापरवाह", "ग़ैर-ज़िम्मेदार", "कर्ज़ में डूब",
    ),
)  # fmt: skip
PRESSURE = _any_of(
    (
        r"immediate(?:ly)?", r"urgent(?:ly)?", r"at once", r"without delay", r"today only",
        r"last (?:chance|warning|date)", r"final (?:notice|reminder|chance|warning|demand)", r"act now",
        r"pay now", r"you must",
        r"must pay", r"have to pay",
        r"demand(?:s|ed)?", r"obliged", r"no excuses?", r"before it is too late", r"guaranteed?", r"hurry",
        r"strictly",
    ),
    (
        "तुरंत", "फ़ौरन", "अंतिम", "आखिरी", "आख़िरी", "अनिवार्य", "हर हाल", "करना ही होगा", "देना ही होगा", "चुकाना ही होगा",
        "जल्दी कर", "अभी भुगतान", "सख़्त",
    ),
)  # fmt: skip
