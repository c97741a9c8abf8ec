"""Only the necessary is bought: an instalment in parts, or a pause, gives room."""

from interventions.policy.texts.making import Policy, Words

HIGH = Policy(
    action="Call; offer a split or a pause, and free debt advice; other terms: lending team",
    priority="URGENT",
    sla_hours=4,
    effect="agreed",
    relief_kinds=("instalment_split", "payment_holiday"),
    words=Words(
        sms="paying the next instalment in smaller parts, or a pause, may give you more room. If you would like "
        "that, we look at it together, at your pace.",
        sms_hi="अगली किस्त को छोटे हिस्सों में देना, या थोड़ा विराम, आपको राहत दे सकता है। अगर आप चाहें, तो हम "
        "आपके साथ मिलकर, आपकी सुविधा से देखेंगे।",
        subject="More room for the next instalment, if you would like it",
        said="Paying the next instalment in smaller parts, or a pause, may give you more room. If you would like "
        "that, we look at it together, at your pace.",
        more="You need not prepare anything: we go through it with you, and you decide. Questions about the terms "
        "of the loan itself we pass on to our lending team, who can look at them.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? I am calling "
        "to ask how things are, and whether paying the next instalment in parts, or a pause, would be of use. "
        "Questions about the terms of the loan itself I pass on to our lending team. Free debt advice is there as "
        "well: {advice_line}.",
    ),
)
MEDIUM = Policy(
    action="Message: offer a talk about splitting the instalment; other terms: lending team",
    priority="MEDIUM",
    sla_hours=16,
    relief_kinds=("instalment_split",),
    words=Words(
        sms="would it be easier to pay the next instalment in smaller parts? If you would like to talk about it, we "
        "take the time.",
        sms_hi="क्या अगली किस्त को छोटे हिस्सों में देना आपके लिए आसान रहेगा? अगर आप इस पर बात करना चाहें, तो हम "
        "आपके लिए समय निकालेंगे।",
        subject="Would smaller parts be easier for the next instalment?",
        said="Would it be easier to pay the next instalment in smaller parts? If you would like to talk about it, we "
        "take the time.",
        more="Asking costs nothing, and nothing changes unless you agree to it.",
        opening="Good day, {first_name}, this is {bank_name}. Is this a good moment to talk? We would like "
        "to ask whether paying the next instalment in smaller parts would be of use to you. Questions about the "
        "terms of the loan itself I pass on to our lending team.",
    ),
)
LOW = Policy(action="Mention free debt advice at the next contact", priority="ROUTINE", sla_hours=40)
