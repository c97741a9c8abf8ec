"""Only the necessary is bought: smaller instalments give room."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; offer smaller instalments and free debt advice",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("instalment_split", "payment_holiday"),
    words=Words(
        sms="smaller instalments for some months, or a pause, may give you more room. If you would like "
        "that, we look "
        "at it together, at your pace.",
        sms_hi="कुछ महीनों के लिए छोटी किस्तें या थोड़ा विराम आपको राहत दे सकते हैं। अगर आप चाहें, तो हम "
        "आपके साथ मिलकर, आपकी सुविधा "
        "से देखेंगे।",
        subject="More room from month to month, if you would like it",
        said="Smaller instalments for some months, or a pause, may give you more room. If you would like "
        "that, we look "
        "at it together, at your pace.",
        more="You need not prepare anything: we go through it with you, and you decide.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I am calling "
        "to ask how "
        "things are, and whether smaller instalments for a while would be a help. Free debt advice is there "
        "as well: "
        "{advice_line}.",
    ),
)
MEDIUM = Policy(
    action="Message: offer a talk about smaller instalments",
    priority="MEDIUM",
    sla_hours=16,
    relief_kinds=("instalment_split",),
    words=Words(
        sms="would smaller instalments be a help for a while? If you would like to talk about it, we take "
        "the time.",
        sms_hi="क्या कुछ समय के लिए छोटी किस्तें आपके काम आएँगी? अगर आप इस पर बात करना चाहें, तो हम आपके "
        "लिए समय निकालेंगे।",
        subject="Would smaller instalments be a help for a while?",
        said="Would smaller instalments be a help for a while? If you would like to talk about it, we take "
        "the time.",
        more="Asking costs nothing, and nothing changes unless you agree to it.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? We would like "
        "to ask "
        "whether smaller instalments for a while would be of use to you.",
    ),
)
LOW = Policy(action="Mention free debt advice at the next contact", priority="ROUTINE", sla_hours=40)
