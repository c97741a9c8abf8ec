"""Nothing names the difficulty: ask, remind, say whom to talk to."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; ask how things are",
    priority="HIGH",
    sla_hours=8,
    effect="agreed",
    relief_kinds=("due_date_move", "instalment_split"),
    words=Words(
        sms="your instalment of {amount} is due on {due_on}. If anything makes it hard, talk to us: there "
        "is usually a "
        "way, such as another day or two smaller parts.",
        sms_hi="आपकी {amount} की किस्त {due_on} को है। अगर कोई दिक़्क़त हो, तो हमसे बात कीजिए; अक्सर रास्ता "
        "निकल आता है, जैसे दूसरी "
        "तारीख़ या दो छोटे हिस्से।",
        subject="Your instalment on {due_on}: talk to us if anything makes it hard",
        said="Your instalment of {amount} is due on {due_on}. If anything makes it hard, talk to us: there "
        "is usually a "
        "way, such as another day or two smaller parts.",
        more="If everything is arranged already, there is nothing for you to do.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I am calling "
        "to ask how "
        "things are, and whether anything makes the next instalment hard for you. If so, we find a way "
        "together. Free "
        "debt advice is there as well: {advice_line}.",
    ),
)
MEDIUM = Policy(
    action="Message: remind early, say whom to talk to",
    priority="MEDIUM",
    sla_hours=16,
    relief_kinds=("due_date_move",),
    words=Words(
        sms="your instalment of {amount} is due on {due_on}. If you have a question or another day suits "
        "you better, "
        "we are there for you.",
        sms_hi="आपकी {amount} की किस्त {due_on} को है। कोई सवाल हो या दूसरी तारीख़ बेहतर लगे, तो हम आपके "
        "लिए मौजूद हैं।",
        subject="Your instalment on {due_on}",
        said="Your instalment of {amount} is due on {due_on}. If you have a question or another day suits "
        "you better, "
        "we are there for you.",
        more="If everything is arranged already, there is nothing for you to do.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I would like "
        "to ask whether "
        "you have any question about the instalment on {due_on}, and whether the day suits you.",
    ),
)
LOW = Policy(action="No contact needed; keep watching", priority="ROUTINE", sla_hours=40)
