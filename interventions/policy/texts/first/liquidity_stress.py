"""Money that is short before the due date: an early word and another day."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; offer to split or move the instalment",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("instalment_split", "due_date_move"),
    words=Words(
        sms="your instalment of {amount} is due on {due_on}. If that day does not suit you, we can talk about "
        "splitting it or moving it.",
        sms_hi="आपकी {amount} की किस्त {due_on} को है। अगर यह तारीख़ आपके लिए ठीक नहीं है, तो इसे दो "
        "हिस्सों में देने या तारीख़ "
        "बदलने पर बात हो सकती है।",
        subject="Your instalment on {due_on}: tell us if another way suits you better",
        said="Your instalment of {amount} is due on {due_on}. If that day does not suit you, we can talk about "
        "splitting it or moving it.",
        more="The sooner we talk, the more ways there are. Nothing changes unless you agree to it.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? Your next "
        "instalment is "
        "due on {due_on}, and I would like to ask whether that day suits you. If not, we find another way "
        "together.",
    ),
)
MEDIUM = Policy(
    action="Message: remind early, offer another due date",
    priority="HIGH",
    sla_hours=8,
    relief_kinds=("due_date_move",),
    words=Words(
        sms="your instalment of {amount} is due on {due_on}. Would another day suit you better? Let us know "
        "and we "
        "gladly look at it.",
        sms_hi="आपकी {amount} की किस्त {due_on} को है। क्या कोई दूसरी तारीख़ आपके लिए बेहतर रहेगी? हमें "
        "बताइए, हम ख़ुशी से देखेंगे।",
        subject="Your instalment on {due_on}",
        said="Your instalment of {amount} is due on {due_on}. Would another day suit you better? Let us "
        "know and we "
        "gladly look at it.",
        more="If everything is arranged already, there is nothing for you to do.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I would like "
        "to ask "
        "whether {due_on} suits you for the next instalment, or whether another day would be easier.",
    ),
)
LOW = Policy(
    action="Message: friendly reminder 5 days ahead",
    priority="ROUTINE",
    sla_hours=40,
    words=Words(
        sms="a friendly reminder: your instalment of {amount} is due on {due_on}. If everything is "
        "arranged, there is "
        "nothing for you to do.",
        sms_hi="एक छोटी-सी याद: आपकी {amount} की किस्त {due_on} को है। अगर सब तय है, तो आपको कुछ करने की "
        "ज़रूरत नहीं है।",
        subject="A friendly reminder: your instalment on {due_on}",
        said="A friendly reminder: your instalment of {amount} is due on {due_on}. If everything is "
        "arranged, there is "
        "nothing for you to do.",
        more="If you have any question, just ask us.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? It is only a "
        "friendly "
        "reminder of your instalment on {due_on}, and a word that we are there if you have any question.",
    ),
)
