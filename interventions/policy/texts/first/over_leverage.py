"""Several instalments at the same time: a look at all of them together."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; review all loans, offer a split or a pause; other terms: lending team",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("instalment_split", "payment_holiday"),
    words=Words(
        sms="we would gladly look at all your instalments with you, free of charge: splitting one or pausing for a "
        "while is something we can talk about.",
        sms_hi="हम आपकी सभी किस्तों को आपके साथ मिलकर, बिना किसी शुल्क के, देखना चाहेंगे। किस्त को हिस्सों "
        "में देने या कुछ समय विराम पर बात हो सकती है।",
        subject="A free look at all your instalments, together with you",
        said="We would gladly look at all your instalments with you, free of charge. Splitting one or pausing for a "
        "while is something we can talk about.",
        more="You see everything side by side and say what would suit you. Nothing changes unless you agree "
        "to it. Questions about the terms of a loan itself we pass on to our lending team, who can look at them.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I would like "
        "to offer you a free look at all your instalments together, to see what would suit you best. Questions "
        "about the terms of a loan itself I pass on to our lending team. Free debt advice is there as well: "
        "{advice_line}.",
    ),
)
MEDIUM = Policy(
    action="Call; review all loans, offer a split or another day; other terms: lending team",
    priority="MEDIUM",
    sla_hours=16,
    relief_kinds=("instalment_split", "due_date_move"),
    words=Words(
        sms="we gladly go through your instalments with you, free of charge, and see whether another day or "
        "smaller parts would suit you better for the next one.",
        sms_hi="हम आपकी किस्तों को आपके साथ, बिना शुल्क, देख सकते हैं: क्या अगली किस्त के लिए दूसरी तारीख़ या "
        "छोटे हिस्से आपके लिए बेहतर रहेंगे?",
        subject="Going through your instalments together, free of charge",
        said="We gladly go through your instalments with you, free of charge, and see whether another day or "
        "smaller parts would suit you better for the next one.",
        more="Half an hour is usually enough, by phone or in a branch.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? We offer a "
        "free review of your instalments, and I would like to ask whether you would find that useful. Questions "
        "about the terms of a loan itself I pass on to our lending team.",
    ),
)
LOW = Policy(
    action="Message: offer a free review of instalments",
    priority="ROUTINE",
    sla_hours=40,
    words=Words(
        sms="a free review of your instalments is one call away, whenever you would like it.",
        sms_hi="आपकी किस्तों की मुफ़्त समीक्षा बस एक कॉल दूर है, जब भी आप चाहें।",
        subject="A free review of your instalments, whenever you would like it",
        said="A free review of your instalments is one call away, whenever you would like it.",
        more="It is an offer and nothing more: if you do not need it, there is nothing for you to do.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I only want to "
        "mention that a free review of your instalments is there for you whenever you would like it.",
    ),
)
