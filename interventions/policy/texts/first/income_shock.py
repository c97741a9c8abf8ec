"""Income that stays away: time and another day are what helps."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; offer a payment pause, or another due date",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("payment_holiday", "due_date_move"),
    words=Words(
        sms="if anything has changed for you lately, we are here to help. We can talk about pausing your "
        "instalments for a while, or about another due date. Whenever it suits you, let us talk.",
        sms_hi="अगर हाल में आपके लिए कुछ बदला है, तो हम आपके साथ हैं। किस्तों में कुछ समय के विराम या दूसरी "
        "तारीख़ पर बात "
        "हो सकती है। जब आपको सुविधा हो, हमसे बात कीजिए।",
        subject="We are here if anything has changed for you",
        said="If anything has changed for you lately, we are here to help. We can talk about pausing your "
        "instalments "
        "for a while, or about another due date.",
        more="Many people need some time now and then. Tell us what would make the next months easier, and "
        "we look at "
        "it together.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I am calling "
        "to ask how "
        "things are, and whether we can do anything to make your instalments easier for you. Take the "
        "time you need. Free debt advice is there as well: {advice_line}.",
    ),
)
MEDIUM = Policy(
    action="Call; offer to move the instalment behind the salary, or to split it",
    priority="HIGH",
    sla_hours=8,
    relief_kinds=("due_date_move", "instalment_split"),
    words=Words(
        sms="would another due date suit you better for the next instalment, or two smaller parts instead "
        "of one? Tell us what "
        "works for you and we gladly look at it.",
        sms_hi="क्या अगली किस्त के लिए कोई दूसरी तारीख़ आपके लिए बेहतर रहेगी, या किस्त दो हिस्सों में देना? जो "
        "आपको ठीक लगे, बताइए; "
        "हम ख़ुशी से देखेंगे।",
        subject="Would another due date suit you better?",
        said="Would another due date suit you better for the next instalment, or two smaller parts instead "
        "of one? Tell us what "
        "works for you and we gladly look at it.",
        more="A day just after money comes in is often easier. It takes one call to ask for it.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? We would like "
        "to know "
        "whether the present due date suits you, or whether another day would be easier.",
    ),
)
LOW = Policy(action="Watch the next pay day", priority="ROUTINE", sla_hours=40)
