"""A first draft for every hardship × level. Nothing here is approved: a second person does that."""

from django.db import migrations

NONE, INCOME_SHOCK, LIQUIDITY_STRESS, EXPENSE_COMPRESSION, OVER_LEVERAGE, OVERSPENDING = range(6)
LOW, MEDIUM, HIGH = 1, 2, 3
PRIORITIES = {HIGH: ("URGENT", 4), MEDIUM: ("MEDIUM", 16), LOW: ("ROUTINE", 40)}

ACTIONS = {
    (INCOME_SHOCK, HIGH): "Call; offer a payment pause of up to 3 months",
    (INCOME_SHOCK, MEDIUM): "Call; offer a due date behind the salary",
    (INCOME_SHOCK, LOW): "Watch the next pay day",
    (LIQUIDITY_STRESS, HIGH): "Call; offer to split or move the instalment",
    (LIQUIDITY_STRESS, MEDIUM): "Message: remind early, offer another due date",
    (LIQUIDITY_STRESS, LOW): "Message: friendly reminder 5 days ahead",
    (EXPENSE_COMPRESSION, HIGH): "Call; offer smaller instalments and free debt advice",
    (EXPENSE_COMPRESSION, MEDIUM): "Message: offer a talk about smaller instalments",
    (EXPENSE_COMPRESSION, LOW): "Mention free debt advice at the next contact",
    (OVER_LEVERAGE, HIGH): "Call; review all loans, offer to restructure",
    (OVER_LEVERAGE, MEDIUM): "Call; offer a review and a longer tenure",
    (OVER_LEVERAGE, LOW): "Message: offer a free review of instalments",
    (OVERSPENDING, HIGH): "Call; offer budget help and a due date after pay day",
    (OVERSPENDING, MEDIUM): "Message: offer spending overview and balance alert",
    (OVERSPENDING, LOW): "Message: point to the spending overview",
    (NONE, HIGH): "Call; ask how things are",
    (NONE, MEDIUM): "Message: remind early, say whom to talk to",
    (NONE, LOW): "No contact needed; keep watching",
}
OPT_OUT = " Reply STOP for no more messages."
MESSAGES = {
    (
        INCOME_SHOCK,
        HIGH,
    ): "Dear {first_name}, if your income has changed lately, we can pause instalments for a "
    "while. Call {bank_phone} whenever it suits you; free debt advice is there as well.",
    (
        INCOME_SHOCK,
        MEDIUM,
    ): "Dear {first_name}, would another due date suit you better? Call {bank_phone} and we move it.",
    (
        LIQUIDITY_STRESS,
        HIGH,
    ): "Dear {first_name}, your instalment of {amount} is due on {due_on}. If that day is "
    "hard, we can split or move it. Call {bank_phone}; free debt advice is there as well.",
    (
        LIQUIDITY_STRESS,
        MEDIUM,
    ): "Dear {first_name}, your instalment of {amount} is due on {due_on}. Would another "
    "day suit you better? Call {bank_phone}.",
    (LIQUIDITY_STRESS, LOW): "Dear {first_name}, a reminder: your instalment of {amount} is due on {due_on}.",
    (
        EXPENSE_COMPRESSION,
        HIGH,
    ): "Dear {first_name}, a smaller instalment for some months may give you room. Call "
    "{bank_phone} and we look at it together; free debt advice is there as well.",
    (EXPENSE_COMPRESSION, MEDIUM): "Dear {first_name}, would a smaller instalment help for a while? Call "
    "{bank_phone} and we look at it together.",
    (
        OVER_LEVERAGE,
        HIGH,
    ): "Dear {first_name}, several instalments at once can be a lot. We can bring them together "
    "or stretch them. Call {bank_phone}; free debt advice is there as well.",
    (
        OVER_LEVERAGE,
        MEDIUM,
    ): "Dear {first_name}, we gladly review your instalments with you, free of charge. Call {bank_phone}.",
    (
        OVER_LEVERAGE,
        LOW,
    ): "Dear {first_name}, a free review of your instalments is one call away: {bank_phone}.",
    (
        OVERSPENDING,
        HIGH,
    ): "Dear {first_name}, a due date right after your pay day may make things easier. Call "
    "{bank_phone} and we set it up; budget help is free.",
    (
        OVERSPENDING,
        MEDIUM,
    ): "Dear {first_name}, the app can show where your money goes and warn you before the "
    "balance runs low. Shall we set it up? Call {bank_phone}.",
    (OVERSPENDING, LOW): "Dear {first_name}, the spending overview in the app shows your month at a glance.",
    (
        NONE,
        HIGH,
    ): "Dear {first_name}, your instalment of {amount} is due on {due_on}. If anything makes it hard, "
    "call {bank_phone}: there is usually a way.",
    (
        NONE,
        MEDIUM,
    ): "Dear {first_name}, your instalment of {amount} is due on {due_on}. Questions? Call {bank_phone}.",
}


def create(apps, schema_editor):
    template = apps.get_model("interventions", "PolicyTemplate")
    for (hardship, level), action in ACTIONS.items():
        priority, sla_hours = PRIORITIES[level]
        text = MESSAGES.get((hardship, level))
        template.objects.get_or_create(
            hardship=hardship,
            level=level,
            version=1,
            defaults={
                "action": action,
                "messages": {"sms": {"en": text + OPT_OUT}} if text else {},
                "priority": priority,
                "sla_hours": sla_hours,
            },
        )


def remove(apps, schema_editor):
    template = apps.get_model("interventions", "PolicyTemplate")
    template.objects.filter(version=1, state="draft", author=None).delete()


class Migration(migrations.Migration):
    dependencies = [("interventions", "0001_initial")]

    operations = [migrations.RunPython(create, remove)]
