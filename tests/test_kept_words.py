"""What the system keeps of its own trouble, in one language, is read in Hindi by whoever is told of it."""

import re

import pytest
from django.utils import translation

from audit import alarm_words
from ingest import halt_words
from interventions import stored_words as of_interventions
from risk import stored_words
from risk.model import standing_words
from risk.monitoring import words as monitoring_words

SAMPLES = {"s": "transactions[0]", "d": 7, "f": 0.25}
PLACE = re.compile(r"%\((\w+)\)(?:\.\d+)?([sdf])")
FILLED = [
    alarm_words.REFUSED,
    alarm_words.NOT_MADE,
    alarm_words.NOT_VERIFIED,
    alarm_words.NOT_AS_RECORDED,
    halt_words.INVALID_RUN,
    halt_words.LOG_CHANGED,
    halt_words.GONE,
    halt_words.ENDS_BEFORE,
    standing_words.EXPIRED,
    standing_words.RULES_ALONE,
    standing_words.NOT_COMPARED,
    standing_words.RULES_ALONE_FOR_SOME,
    standing_words.SOME_NOT_COMPARED,
    monitoring_words.TOO_FEW,
    monitoring_words.NONE_DRIFTED,
    monitoring_words.DRIFTED,
    monitoring_words.MORE_DRIFTED,
    monitoring_words.COVERS,
    monitoring_words.COVERED,
    monitoring_words.SILENT,
    monitoring_words.TOO_FEW_MISSED,
    monitoring_words.OF_MISSES,
    monitoring_words.AS_AT_TRAINING,
    monitoring_words.WORSE,
    monitoring_words.MISSES,
    monitoring_words.THEN,
    monitoring_words.RATES,
    monitoring_words.NOT_IN_ROWS,
    monitoring_words.CHECK_FAILED,
    stored_words.REPLACED,
]


@pytest.mark.parametrize("sentence", FILLED)
def test_sentence_with_something_filled_in_is_read_in_hindi(sentence: str) -> None:
    values = {name: SAMPLES[kind] for name, kind in PLACE.findall(sentence)}
    kept = sentence % values

    assert stored_words.shown(kept) == kept
    with translation.override("hi"):
        assert stored_words.shown(kept) == translation.gettext(sentence) % values != kept


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (
            halt_words.LOG_CHANGED
            % {
                "partition": "transactions[0]",
                "why": halt_words.MADE_ANEW,
                "topic": "transactions",
                "number": 0,
            },
            "transactions[0]: पिछली बार पढ़ने के बाद टॉपिक फिर से बनाया गया (उसकी आईडी बदल गई है)। पढ़ना रोक दिया गया है।"
            " आगे बढ़ने के लिए चलाएँ: manage.py lift_halt transactions 0 --restart beginning|end",
        ),
        (
            "early-warning-1, 2026-11-23: 6 of 47 columns drifted: balance (PSI 0.31), cash (PSI 0.30) and 1 more; it"
            " speaks of 12.0% of the customers with a loan (80.0% at training); of 70.0% it does not, since something"
            " is overdue",
            "early-warning-1, 2026-11-23: 47 में से 6 कॉलम पहले जैसे नहीं रहे: balance (PSI 0.31), cash (PSI 0.30) और 1"
            " अन्य; लोन वाले ग्राहकों में से 12.0% के बारे में वह कुछ बताता है (ट्रेनिंग के समय 80.0%); 70.0% के बारे में नहीं,"
            " क्योंकि कुछ बकाया है",
        ),
        (
            "early-warning-1, 2026-11-23: worse than at training: roc_auc 0.701 (then 0.803), 30 misses where 12 were"
            " expected",
            "early-warning-1, 2026-11-23: ट्रेनिंग के समय से ख़राब: roc_auc 0.701 (तब 0.803), 30 किस्तें छूटीं, जबकि अनुमान"
            " 12 का था",
        ),
        (
            "2026-11-23: 1,204 of 23,500 live features are not what the raw rows say",
            "2026-11-23: 23,500 में से 1,204 लाइव फ़ीचर मूल पंक्तियों से मेल नहीं खाते",
        ),
        (
            "live features, 2026-11-23: the check of parity failed",
            "लाइव फ़ीचर, 2026-11-23: समानता की जाँच नहीं हो सकी",
        ),
        (
            "The model early-warning-1 could not score some customers. The rules go on alone for them.",
            "मॉडल early-warning-1 कुछ ग्राहकों को स्कोर नहीं दे सका। उनके लिए नियम अकेले आगे चल रहे हैं।",
        ),
    ],
)
def test_alert_is_read_in_hindi_as_a_whole(kept: str, shown: str) -> None:
    with translation.override("hi"):
        assert of_interventions.shown(kept) == shown


def test_problems_of_two_models_are_read_in_hindi() -> None:
    kept = "early-warning-1: its approval ended on 2026-11-22; early-warning-2: its stored bytes were altered"

    assert stored_words.listed(kept) == kept
    with translation.override("hi"):
        assert stored_words.listed(kept) == (
            "early-warning-1: उसकी मंज़ूरी 2026-11-22 को ख़त्म हो गई; early-warning-2: उसके सहेजे गए बाइट्स बदल दिए गए"
        )


@pytest.mark.parametrize(
    "typed", ["Plan-2: she calls back", "He said: 3 of 9, not more; see the note", "a, b; c"]
)
def test_what_somebody_typed_stays_as_it_is(typed: str) -> None:
    with translation.override("hi"):
        assert stored_words.shown(typed) == stored_words.listed(typed) == typed
