"""Wishes beside needs: tools and a better day, and no word about anybody's purchases.

A bank whose app has no overview of the month, or no balance alert, leaves them out.
"""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; offer budget help, and to move the instalment behind pay day",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("due_date_move",),
    words=Words(
        sms="moving the next instalment right behind your pay day can make the month easier. If you would "
        "like it, we look at it with you; help with planning the month is free.",
        sms_hi="अगली किस्त की तारीख़ वेतन के ठीक बाद करने से महीना आसान हो सकता है। अगर आप चाहें, तो हम आपके साथ "
        "देखेंगे; महीने की योजना बनाने में "
        "मदद मुफ़्त है।",
        subject="A day for the next instalment that fits your month",
        said="Moving the next instalment right behind your pay day can make the month easier. If you would "
        "like it, we look at it with you; help with planning the month is free.",
        more="The app shows the whole month in one view, and can tell you when the balance runs low.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I would like "
        "to ask whether a day right after your pay day would be easier for the next "
        "instalment, and whether free help with planning "
        "the month "
        "would be of use.",
    ),
)
MEDIUM = Policy(
    action="Message: offer spending overview and balance alert",
    priority="MEDIUM",
    sla_hours=16,
    relief_kinds=("due_date_move",),
    words=Words(
        sms="the app can show your month in one view and tell you before the balance runs low. Shall we set "
        "it up "
        "together?",
        sms_hi="हमारा ऐप आपका पूरा महीना एक नज़र में दिखा सकता है और शेष राशि कम होने से पहले बता सकता है। "
        "क्या हम इसे आपके साथ मिलकर "
        "शुरू करें?",
        subject="Your month in one view",
        said="The app can show your month in one view and tell you before the balance runs low. Shall we "
        "set it up "
        "together?",
        more="It takes a few minutes, and you can switch it off whenever you like.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I would like "
        "to show you "
        "how the app gives you the month in one view, if that is of interest to you.",
    ),
)
LOW = Policy(
    action="Message: point to the spending overview",
    priority="ROUTINE",
    sla_hours=40,
    words=Words(
        sms="the overview in the app shows your month in one view. We gladly explain it.",
        sms_hi="ऐप का सारांश आपका पूरा महीना एक नज़र में दिखाता है। हम इसे ख़ुशी से समझाएँगे।",
        subject="Have you seen the overview in the app?",
        said="The overview in the app shows your month in one view. We gladly explain it.",
        more="You find it on the first page of the app.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I only want to "
        "mention the "
        "overview in the app, which shows your month in one view.",
    ),
)
