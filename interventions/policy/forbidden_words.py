"""Words that threaten, diagnose or press, as patterns over plain text (`readings.plain`). Pure.

Sources: FCA CONC 7.3 (forbearance, no undue pressure); 12 CFR 1006.14 and 1006.18 (no harassment, no false threat); the
rules of the RBI on recovery (no intimidation). And the house's own: no message says what the bank believes of anybody.
A condition is a threat even where it does not say of what: "unless you pay", "or else", "जब तक आप भुगतान नहीं करते".
"""

import re
import unicodedata
from collections.abc import Iterable

# Up to so many letters of the same sentence.
_SOME = r"[^.!?;:|।]{0,60}?"
# Not "cannot": "if you cannot pay, call us" is help.
_NOT = r"(?:(?:do|does|did|have|has|is|are)(?: not|n ?'? ?t)|fail(?:s|ed)? to)"
_PAYS = (
    r"(?:pay|paid|repay|repaid|settled?|cleared?|act|respond(?:ed)?|reply|replied|call|comply|remit|deposit)"
)
# Nor "नहीं कर पा रहे" or "नहीं दे सकते".
_UNPAID = r"(?:नहीं|नही|न|ना) (?!\S+ (?:पा|सक))(?:कि|कर|चुका|दि|दे|भर)"


def _any_of(english: Iterable[str], hindi: Iterable[str]) -> re.Pattern[str]:
    """Any of these words: English at word boundaries, Hindi at the beginning of a word, written without nukta."""
    plain = [
        unicodedata.normalize("NFC", unicodedata.normalize("NFKD", each).replace("\u093c", ""))
        for each in hindi
    ]
    return re.compile(
        rf"(?<![a-z])(?:{'|'.join(english)})(?![a-z])|(?<![\u0900-\u097f])(?:{'|'.join(plain)})[\u0900-\u097f]*"
    )


# What follows where somebody does not do as they are told.
CONDITIONS = (
    (
        r"unless (?:we|i|it|the|this|that|your|payment|paid|full|all)",
        # "Nothing changes unless you agree" is kind.
        r"unless you(?! (?:\w+ )?(?:agree|want|wish|ask|say|tell|choose|accept|prefer|decide|sign))",
        r"or else",
        r"otherwise,? (?:we|you|the|your|our|it|i)",
        rf"if (?:you|it|the|this|that|your|payment){_SOME} ?{_NOT} (?:(?!want|need|wish|like)\w+ ){{0,3}}?{_PAYS}",
        rf"if we (?:\w+ )?{_NOT} (?:\w+ )?(?:receive|hear|get)\w*",
        r"(?:in (?:the )?(?:case|event) of|on|upon|for) (?:any )?(?:non-?payment|default|failure)",
        r"fail(?:ure|ing)? to (?:pay|repay|act|respond|reply|comply|contact|settle|clear|call|do so|"
        r"remit|make)",
        r"failing (?:which|that|this|payment)", r"non-?payment",
        r"(?:payment|amount|instalment|dues?) (?:is|are) not (?:paid|received|made|cleared)",
        r"before (?:we|our|the bank|i) (?:have to |are forced to |must |will )?(?:take|proceed|"
        r"escalate|refer|pass|hand|visit|report|inform)",
        r"(?:to|and) avoid (?:\w+ ){0,3}?(?:action|escalation|trouble|problems?|inconvenience|"
        r"embarrassment|charges?|fees?|interest|disruption)",
        r"leaves? us (?:with )?no", r"no (?:other )?(?:choice|option|alternative)s?",
        r"(?:be|are|is|was) (?:forced|compelled|constrained)",
        # Hindi in Latin letters, as SMS often have it.
        r"(?:varna|warna|varnaa|nahi+n? to|nahi+n? toh|anyatha)",
        r"(?:agar|yadi) (?:aap(?:ne)? )?(?:\w+ ){0,5}?(?:nahi+n?|na) (?:kiya|karte|karenge|chuka\w*|"
        r"diya|bhar\w*|de\w*)",
        r"jab tak (?:aap )?(?:\w+ ){0,5}?nahi+n?",
    ),
    (
        "नहीं तो", "नही तो", "वरना", "वर्ना", "अन्यथा", rf"(?:जब तक|अगर|यदि) {_SOME}{_UNPAID}",
        rf"(?:भुगतान|अदायगी|किस्त) {_UNPAID}", "(?:भुगतान|अदायगी) (?:न|ना) (?:होने|मिलने)", "इससे पहले कि हम",
        "पहले कि (?:हम|बैंक)",
    ),
)  # fmt: skip
THREATS = _any_of(
    (
        *CONDITIONS[0],
        r"(?:legal|court|police|criminal|civil|strict|stern|necessary|further|appropriate|coercive|"
        r"enforcement|recovery|strong|suitable|disciplinary) (?:action|steps?|measures?|notices?|"
        r"proceedings?|process|recourse|cases?|team|department|officers?|staff)",
        r"action (?:will|shall|may|would|is going to|has to) be",
        r"(?:take|initiate|begin|start|commence|pursue) (?:(?!no )\w+ )?action", r"(?:the )?courts?", r"police",
        r"lawyers?", r"advocates?", r"solicitors?", r"attorneys?", r"lawsuits?", r"su(?:e|es|ed|ing)",
        r"litigat\w+", r"tribunals?", r"lok adalat", r"summons", r"warrants?", r"bailiffs?", r"f\.?i\.?r\.?",
        r"arrest(?:ed)?", r"jail(?:ed)?", r"prison", r"imprison\w*", r"crimes?", r"criminals?",
        r"offen[cs]es?", r"(?:commit\w*|guilty of|is|as|for|of) fraud", r"fraudulent\w*", r"fraudsters?",
        r"cheat(?:ing|ed|er)?", r"prosecut\w+", r"seiz\w+", r"repossess\w*", r"foreclos\w+", r"confiscat\w+",
        r"impound\w*", r"garnish\w+", r"auction\w*",
        r"attach(?:ment of|ing)? (?:your|property|salary|wages|assets)", r"take away your \w+",
        r"recovery agents?", r"recovery agenc\w+", r"debt collect\w+", r"debt recovery",
        r"collections? (?:agen\w+|team|department|officers?)", r"field (?:agents?|officers?|staff|visits?)",
        r"recover (?:the|your|our|this|all|any) (?:\w+ )?(?:dues?|debts?|amounts?|money|loans?|sums?|"
        r"balance|outstanding)",
        r"(?:visit|come to|call at|be at|reach) (?:you at )?your (?:home|house|door\w*|residence|"
        r"workplace|office|place of work)",
        r"visit you", r"penalt(?:y|ies)", r"penal", r"a fine", r"fines", r"fined",
        r"late (?:payment )?(?:fees?|charges?|interest)",
        r"(?<!no )(?<!without )(?:extra|additional|higher) (?:charges?|fees?|interest)", r"blacklist\w*",
        r"cibil", r"credit (?:score|rating|bureau|history|report|record|standing|profile|file)",
        r"consequences?", r"repercussions?",
        r"you(?: ?'? ?ll| will| would| may| could| shall) (?:be )?(?:regret|suffer|lose|face|held|"
        r"liable|reported|charged|sorry)",
        r"will be (?:reported|held liable)", r"at your (?:own )?(?:cost|peril|expense)", r"adverse(?:ly)?",
        r"jeopardi[sz]\w*", r"severe(?:ly)?", r"drastic\w*", r"(?:will|shall|may|must) (?:\w+ )?escalat\w+",
        r"escalat(?:e|ed|ion)", r"(?:report|expose|disclose|publish) (?:you|your|this|the matter|it)",
        r"(?:block|freeze|froze|suspend|close|cancel|deactivat|restrict)\w* (?:your |of your )(?:\w+ "
        r")?(?:account|card|access|services?|limit|facility)",
        r"(?:account|card|access|services?|facility) (?:will|shall|may|can) be (?:block|froze|suspend|"
        r"clos|cancel|deactivat|restrict)\w*",
        r"(?:entire|whole|full) (?:loan|amount|balance|outstanding)(?: amount)? (?:will|shall|may|becomes?)",
        r"recall (?:the|your) loan", r"loan (?:will|shall|may) be recalled", r"shame\w*", r"embarrass\w*",
        r"defam\w+", r"reputation",
        r"(?:inform|tell|contact|call|notify|speak to|write to|involve) your (?:family|employers?|"
        r"relatives|neighbou?rs?|parents|wife|husband|spouse|colleagues|friends|boss|references?)",
        r"your (?:family|employers?|relatives|neighbou?rs?|parents|wife|husband|spouse|colleagues|"
        r"friends|boss) (?:will|shall|must|would|should)",
        r"warn(?:s|ing|ings|ed)?", r"guarantors?", r"threat\w*", r"wilful\w*",
        r"(?:kanooni|kanuni|qanooni|kanoon)", r"(?:karw?ai|karwahi|karyawahi|karyavahi|karrawai|karvai)",
        r"jurma+na", r"giraft\w*", r"vasu+li", r"thana", r"adala+t",
    ),
    (
        *CONDITIONS[1], "कानूनी", "क़ानूनी", "अदालत", "कोर्ट", "न्यायालय", "पुलिस", "थाने", "वकील", "मुकदम",
        "मुक़दम", "गिरफ़्तार", "ज़ब्त", "कुर्क", "नीलाम", "जेल", "सज़ा", "अपराध", "धोखाधड़ी", "एफआईआर",
        "एफ़आईआर", "वारंट", "कार्रवाई", "कार्यवाही", "सख़्त कदम", "कठोर", "धमकी", "वसूली", "वसूल", "जुर्मान",
        "पेनल्टी", "दंड", "ब्लैकलिस्ट", "सिबिल", "अंजाम", "परिणाम भुगत", "भुगतना पड़", "पछता", "चेतावनी",
        "बदनाम", "शर्मिंद", "गारंटर", "विवश", "बाध्य", "(?:आपका |आपके )?खाता (?:बंद|ब्लॉक|फ्रीज|फ़्रीज़)",
        "घर (?:पर )?(?:आएँगे|आएंगे|आयेंगे|आएगा|भेज)",
        "(?:परिवार|पड़ोसी|पड़ोसियों|रिश्तेदार|रिश्तेदारों|नियोक्ता|दफ़्तर) (?:को|से) (?:बता|सूच|"
        "संपर्क|सम्पर्क|बात)",
        "विलंब शुल्क",
    ),
)  # fmt: skip
DIAGNOSES = _any_of(
    (
        r"(?:high|medium|low|at|your) risk", r"risky?", r"risk of", r"default(?:ed|er|ers|ing|s)?",
        r"delinquen\w+", r"scores?", r"scored", r"scoring", r"probabilit\w+", r"likely to", r"predict\w*",
        r"algorithms?", r"(?:our|the|a) models?", r"flagged", r"profiled", r"analys\w+ (?:of )?your",
        r"distress\w*", r"in trouble",
        r"financial(?:ly)? (?:difficult\w+|trouble|stress\w*|problems?|weak|unstable)", r"hardship",
        r"over-?leverag\w+", r"over-?spend\w*", r"over-?spent", r"spend(?:ing)? too much", r"too much debt",
        r"over-?indebted\w*", r"lost your (?:job|income|salary)", r"unemployed", r"struggl\w+", r"vulnerab\w+",
        r"desperate", r"we (?:have )?(?:noticed|seen|observed|detected)", r"(?:cannot|can't) afford",
        r"bad with money", r"irresponsib\w+", r"careless\w*", r"your (?:withdrawals|purchases)",
    ),
    (
        "जोखिम", "डिफ़ॉल्ट", "स्कोर", "संभावना है कि आप", "आर्थिक संकट", "आर्थिक तंगी", "आर्थिक परेशानी",
        "आर्थिक कठिनाई", "पैसों की तंगी", "फ़िज़ूलखर्च", "ज़्यादा खर्च", "नौकरी चली", "नौकरी जा", "बेरोज़गार",
        "कमज़ोर", "लाचार", "मजबूर", "हमने देखा", "हमने पाया", "लापरवाह", "ग़ैर-ज़िम्मेदार", "कर्ज़ में डूब",
    ),
)  # fmt: skip
PRESSURE = _any_of(
    (
        r"immediate(?:ly)?", r"urgent(?:ly)?", r"at once", r"at the earliest", r"asap",
        r"(?:pay|call us|reply|respond|act|settle|clear) (?:\w+ ){0,4}?(?:right away|instantly|as soon "
        r"as possible|by (?:today|tomorrow|tonight|the end of)|within)",
        r"(?:without|do not|don'?t|no) (?:any )?(?:further )?delay",
        r"no further (?:delay|time|extension|notice|reminders?)",
        r"(?:today|tomorrow) (?:only|itself|without fail)", r"only today", r"without fail",
        r"time is running out", r"running out of time", r"too late",
        r"last (?:chance|warning|date|opportunity|reminder|notice|call|and final)",
        r"final (?:notice|reminder|chance|warning|demand|call|opportunity|intimation|request|date)",
        r"one last (?:chance|time)", r"act now",
        r"(?:do not|don ?'? ?t|must not|cannot|if you|have|has been) ignored?", r"ignoring (?:this|our|us)",
        r"pay (?:now|up(?! to)|today|this minute|without)",
        r"(?:you )?must (?:pay|repay|call|act|respond|reply|clear|settle|contact)", r"you must",
        r"(?<!not )(?<!n't )(?<!n t )(?<!nt )(?:have|need|ought) to (?:pay|repay|clear|settle|act)",
        r"(?:required|expected|obliged|bound|liable) to (?:pay|repay|clear|settle)", r"demand(?:s|ed|ing)?",
        r"obliged", r"mandatory", r"compulsor\w+", r"imperative", r"no excuses?", r"guaranteed?", r"hurry",
        r"strictly", r"(?:the|your|final|strict) deadlines?",
        r"clear (?:your|the|all) (?:\w+ )?(?:dues|debts?|outstanding|arrears)", r"your dues",
        r"(?:you|u) (?:still )?owe",
        r"(?:turant|fauran|jaldi|aa?kh?ri|antim|aaj hi|abhi (?:pay|bhugtan|jama))",
    ),
    (
        "तुरंत", "तुरन्त", "तत्काल", "फ़ौरन", "अविलंब", "अविलम्ब", "शीघ्र", "अंतिम", "अन्तिम", "आखिरी",
        "आख़िरी", "अनिवार्य", "हर हाल", "करना ही होगा", "देना ही होगा", "चुकाना ही होगा",
        "(?:भुगतान|अदा|जमा) करना (?:होगा|पड़ेगा)", "चुकाना (?:होगा|पड़ेगा)", "जल्दी कर", "जल्द से जल्द",
        "अभी भुगतान", "आज ही", "कल तक (?:भुगतान|जमा|चुका)", "बिना देर", "देर (?:न|ना) (?:कर|हो)", "देर मत",
        "सख़्त", "अनदेखा", "नज़रअंदाज़", "बकाया (?:चुका|जमा|भर)", "समय नहीं बचा", "मौका नहीं",
    ),
)  # fmt: skip
