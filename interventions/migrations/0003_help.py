"""Help: cases, contact, interventions, deliveries and what is measured."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import customers.money


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("customers", "0011_covering_manager"),
        ("interventions", "0002_first_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankHoliday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day_on", models.DateField()),
                (
                    "region",
                    models.CharField(blank=True, default="", help_text="empty: everywhere", max_length=32),
                ),
                ("name", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "opened_at",
                    models.DateTimeField(help_text="wall clock; empty: messages may go out", null=True),
                ),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "opened_count",
                    models.PositiveIntegerField(default=0, help_text="messages in the hour before"),
                ),
                (
                    "counted_from",
                    models.DateTimeField(
                        help_text="wall clock: sends before do not count any more", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BreakerReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField(help_text="which opening it ends")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("reason", models.TextField()),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("assigned", "assigned"),
                            ("in_progress", "in progress"),
                            ("waiting", "waiting"),
                            ("escalated", "escalated"),
                            ("resolved", "resolved"),
                        ],
                        default="new",
                        max_length=16,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")])),
                (
                    "hardship",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "NONE"),
                            (1, "INCOME_SHOCK"),
                            (2, "LIQUIDITY_STRESS"),
                            (3, "EXPENSE_COMPRESSION"),
                            (4, "OVER_LEVERAGE"),
                            (5, "OVERSPENDING"),
                        ]
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[
                            ("URGENT", "urgent"),
                            ("HIGH", "high"),
                            ("MEDIUM", "medium"),
                            ("ROUTINE", "routine"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "rank",
                    models.FloatField(
                        default=0.0, help_text="expected harm by time to the due date: the greater the sooner"
                    ),
                ),
                (
                    "expected_harm_amount",
                    customers.money.MoneyField(
                        help_text="probability × exposure × loss given default", null=True
                    ),
                ),
                ("due_on", models.DateField(help_text="of the instalment it is about", null=True)),
                ("revision", models.BigIntegerField(help_text="of the assessment it was last decided by")),
                ("opened_at", models.DateTimeField(help_text="bank clock")),
                (
                    "sla_due_at",
                    models.DateTimeField(help_text="bank clock: first contact at the latest", null=True),
                ),
                ("first_contact_at", models.DateTimeField(help_text="bank clock", null=True)),
                (
                    "sla_breached_at",
                    models.DateTimeField(help_text="bank clock: when the breach was noticed", null=True),
                ),
                ("snoozed_until", models.DateTimeField(help_text="bank clock; of a waiting case", null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("helped", "helped"),
                            ("relief_agreed", "relief agreed"),
                            ("promise_kept", "promise kept"),
                            ("self_cured", "risk fell by itself"),
                            ("no_need", "no help needed"),
                            ("not_reached", "not reached"),
                            ("declined", "help declined"),
                            ("missed", "payment missed: with collections"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("resolved_at", models.DateTimeField(help_text="bank clock", null=True)),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=1, help_text="grows with each change: an older form is refused"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="CaseTransition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verb",
                    models.CharField(
                        help_text="opened, assigned, started, snoozed, woken, escalated …", max_length=32
                    ),
                ),
                ("from_state", models.CharField(blank=True, max_length=16)),
                ("to_state", models.CharField(max_length=16)),
                ("detail", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("support", "help before a payment is missed"),
                            ("service", "messages about an existing agreement"),
                        ],
                        default="support",
                        max_length=16,
                    ),
                ),
                ("is_granted", models.BooleanField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("import", "imported"),
                            ("staff", "told to staff"),
                            ("reply", "replied to a message"),
                            ("page", "customer page"),
                            ("partner", "partner system"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "evidence",
                    models.CharField(blank=True, help_text="where it can be looked up", max_length=200),
                ),
                ("happened_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("vulnerability", "vulnerability"),
                            ("hardship", "hardship arrangement"),
                            ("arrears", "arrears: with collections"),
                            ("complaint", "complaint"),
                            ("legal", "legal or insolvency"),
                            ("bereavement", "bereavement"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField()),
                ("placed_at", models.DateTimeField(help_text="bank clock")),
                (
                    "until_at",
                    models.DateTimeField(
                        blank=True, help_text="bank clock; empty: until it is lifted", null=True
                    ),
                ),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lift_reason", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="ContactPack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("approved", "approved"),
                            ("active", "active"),
                            ("retired", "retired"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                (
                    "state_reason",
                    models.TextField(blank=True, default="", help_text="why it was sent back or retired"),
                ),
                (
                    "content_hash",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="of everything that is approved; frozen at submission",
                        max_length=64,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("submitted_at", models.DateTimeField(editable=False, null=True)),
                ("activated_at", models.DateTimeField(editable=False, null=True)),
                ("retired_at", models.DateTimeField(editable=False, null=True)),
                ("name", models.SlugField(help_text="such as india, uk, us", max_length=32)),
                ("version", models.PositiveIntegerField()),
                ("rules", models.JSONField(help_text="see docs/send-gate.md; checked when it is saved")),
            ],
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_inbound", models.BooleanField(default=False, help_text="the customer came to us")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("spoke", "spoke with the customer"),
                            ("no_answer", "no answer"),
                            ("wrong_person", "another person"),
                        ],
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("happened_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "address",
                    models.CharField(help_text="personal data: masked wherever it is shown", max_length=254),
                ),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("body", models.TextField()),
                ("body_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting to be sent"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("delivered", "delivered"),
                            ("failed", "failed: not sent"),
                            ("unknown", "unknown: may have been sent"),
                            ("denied", "not allowed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="pending",
                        max_length=16,
                    ),
                ),
                (
                    "is_automatic",
                    models.BooleanField(default=False, help_text="no person confirmed it by itself"),
                ),
                ("not_before_at", models.DateTimeField(help_text="bank clock")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claimed_by", models.CharField(blank=True, default="", max_length=100)),
                ("claimed_at", models.DateTimeField(help_text="wall clock", null=True)),
                ("idempotency_key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("provider", models.CharField(blank=True, default="", max_length=32)),
                ("provider_id", models.CharField(blank=True, default="", max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "contacted_at",
                    models.DateTimeField(
                        help_text="bank clock: when it was handed to the provider; caps count from it",
                        null=True,
                    ),
                ),
                ("handed_over_at", models.DateTimeField(help_text="wall clock of the same", null=True)),
                ("settled_at", models.DateTimeField(help_text="wall clock of the last state", null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("denied_rule", models.CharField(blank=True, default="", max_length=64)),
                (
                    "next_lawful_at",
                    models.DateTimeField(help_text="bank clock; while the gate makes it wait", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EditDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("approved", "approved"), ("refused", "refused")], max_length=16
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GateDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("confirm", "when somebody confirmed it"),
                            ("send", "right before it was sent"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_allowed", models.BooleanField()),
                (
                    "rule",
                    models.CharField(
                        blank=True, help_text="the first rule that denied; empty: allowed", max_length=64
                    ),
                ),
                (
                    "next_lawful_at",
                    models.DateTimeField(help_text="bank clock; empty: no time by itself will do", null=True),
                ),
                (
                    "trace",
                    models.JSONField(help_text="each rule asked: its result and the facts it looked at"),
                ),
                ("content_hash", models.CharField(blank=True, help_text="of the template", max_length=64)),
                ("body_sha256", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HoldoutAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "arm",
                    models.CharField(
                        choices=[
                            ("treated", "helped as usual"),
                            ("held_out", "held out"),
                            ("excluded", "not in the experiment"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "propensity",
                    models.FloatField(
                        help_text="the probability of being held out that the case had; 0: excluded"
                    ),
                ),
                ("excluded_for", models.CharField(blank=True, default="", max_length=32)),
                ("level", models.PositiveSmallIntegerField()),
                ("hardship", models.PositiveSmallIntegerField()),
                ("assigned_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HoldoutDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("approved", "approved"), ("refused", "refused")], max_length=16
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HoldoutDesign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "submitted"),
                            ("approved", "approved"),
                            ("active", "active"),
                            ("retired", "retired"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                (
                    "state_reason",
                    models.TextField(blank=True, default="", help_text="why it was sent back or retired"),
                ),
                (
                    "content_hash",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="of everything that is approved; frozen at submission",
                        max_length=64,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("submitted_at", models.DateTimeField(editable=False, null=True)),
                ("activated_at", models.DateTimeField(editable=False, null=True)),
                ("retired_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(unique=True)),
                ("share", models.FloatField(help_text="0 to 0.5: the probability of being held out")),
                (
                    "salt",
                    models.CharField(
                        help_text="drawn at random; makes the lots of a design its own", max_length=64
                    ),
                ),
                ("hardships", models.JSONField(default=list, help_text="which may be held out, by name")),
                (
                    "levels",
                    models.JSONField(default=list, help_text="which may be held out, by name; HIGH never"),
                ),
                ("purpose", models.TextField(help_text="what is to be learnt, and until when")),
                ("ends_on", models.DateField(help_text="the last bank day on which anybody is held out")),
            ],
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "template_hash",
                    models.CharField(help_text="of the template as it was rendered", max_length=64),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("support", "help before a payment is missed"),
                            ("service", "messages about an existing agreement"),
                        ],
                        default="support",
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("fields", models.JSONField(default=dict, help_text="placeholders that staff filled")),
                ("personal_line", models.TextField(blank=True, default="")),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("body", models.TextField(blank=True)),
                ("body_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "is_edited",
                    models.BooleanField(default=False, help_text="beyond what the template permits"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("awaiting_approval", "awaiting a second person"),
                            ("confirmed", "confirmed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        max_length=24,
                    ),
                ),
                (
                    "scheduled_for",
                    models.DateTimeField(help_text="bank clock; of a call or a later message", null=True),
                ),
                ("created_at", models.DateTimeField(help_text="bank clock")),
                ("confirmed_at", models.DateTimeField(help_text="bank clock", null=True)),
                ("cancelled_at", models.DateTimeField(help_text="bank clock", null=True)),
                ("cancel_reason", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recommended", models.CharField(max_length=200)),
                ("chosen", models.CharField(max_length=200)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("knows_customer", "knows more about the customer"),
                            ("already_arranged", "already arranged"),
                            ("wrong_reason", "the reasons do not apply"),
                            ("customer_asked", "the customer asked for it"),
                            ("other", "other"),
                        ],
                        max_length=32,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField(help_text="bank clock")),
            ],
        ),
        migrations.CreateModel(
            name="PackDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("approved", "approved"), ("refused", "refused")], max_length=16
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PolicyDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("approved", "approved"), ("refused", "refused")], max_length=16
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PromiseToPay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", customers.money.MoneyField()),
                ("promised_on", models.DateField(help_text="the last day on which it is kept")),
                ("made_at", models.DateTimeField(help_text="bank clock: payments known before do not count")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("kept", "kept"),
                            ("broken", "broken"),
                            ("cancelled", "cancelled"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("paid_amount", customers.money.MoneyField(default=0)),
                ("settled_at", models.DateTimeField(help_text="bank clock", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=32)),
                ("event_key", models.CharField(help_text="the same event told twice is one", max_length=200)),
                ("status", models.CharField(max_length=64)),
                ("detail", models.JSONField(default=dict, help_text="without addresses and texts")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReliefOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("due_date_move", "another due date"),
                            ("instalment_split", "split the instalment"),
                            ("payment_holiday", "pause payments"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "terms",
                    models.JSONField(help_text="what changes: days, parts with dates and amounts, or months"),
                ),
                ("eligibility", models.JSONField(help_text="each condition and what was found")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "offered"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                            ("expired", "expired"),
                        ],
                        default="offered",
                        max_length=16,
                    ),
                ),
                ("valid_until_on", models.DateField()),
                ("offered_at", models.DateTimeField(help_text="bank clock")),
                ("answered_at", models.DateTimeField(help_text="bank clock", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SandboxMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(db_index=True, help_text="the delivery's idempotency key")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("body", models.TextField()),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StaffDuty",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="duty",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("away_until", models.DateTimeField(blank=True, help_text="bank clock", null=True)),
                (
                    "case_limit",
                    models.PositiveIntegerField(
                        default=40, help_text="open cases beyond which none is assigned"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="activated_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="based_on",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="fields",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="placeholders that staff fill: name → {label, max_length}; the rest is from the records",
            ),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="personal_line_max",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="letters of a line of their own that staff may add without asking; 0: none",
            ),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="relief_kinds",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="due_date_move, instalment_split, payment_holiday: what may be offered",
            ),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="retired_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="state_reason",
            field=models.TextField(blank=True, default="", help_text="why it was sent back or retired"),
        ),
        migrations.AddField(
            model_name="policytemplate",
            name="submitted_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="policytemplate",
            name="author",
            field=models.ForeignKey(
                blank=True,
                help_text="who answers for the content; empty: shipped, until somebody submits it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="policytemplate",
            name="content_hash",
            field=models.CharField(
                blank=True,
                default="",
                help_text="of everything that is approved; frozen at submission",
                max_length=64,
            ),
        ),
        migrations.AddConstraint(
            model_name="policytemplate",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "content_hash"), name="policy_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="policytemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    ("state", "retired"),
                    models.Q(("author__isnull", False), models.Q(("content_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="policy_is_frozen_once_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankholiday",
            constraint=models.UniqueConstraint(fields=("day_on", "region"), name="holiday_once"),
        ),
        migrations.AddConstraint(
            model_name="breaker",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="breaker_is_one"),
        ),
        migrations.AddField(
            model_name="breakerreset",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="breakerreset",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="assigned_to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="escalated_to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="policy",
            field=models.ForeignKey(
                help_text="empty: none is active",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="casetransition",
            name="by",
            field=models.ForeignKey(
                help_text="empty: the system",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="casetransition",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transitions",
                to="interventions.case",
            ),
        ),
        migrations.AddField(
            model_name="casetransition",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consent_events",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contacthold",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contact_holds",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="contacthold",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contacthold",
            name="placed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contactpack",
            name="author",
            field=models.ForeignKey(
                blank=True,
                help_text="who answers for the content; empty: shipped, until somebody submits it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="conversations",
                to="interventions.case",
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="conversations",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="interventions.case",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="editdecision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="editdecision",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="gatedecision",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gate_decisions",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="gatedecision",
            name="delivery",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gate_decisions",
                to="interventions.delivery",
            ),
        ),
        migrations.AddField(
            model_name="gatedecision",
            name="pack",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.contactpack",
            ),
        ),
        migrations.AddField(
            model_name="holdoutassignment",
            name="case",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="holdout", to="interventions.case"
            ),
        ),
        migrations.AddField(
            model_name="holdoutassignment",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="holdoutdecision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="holdoutdecision",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="holdoutdesign",
            name="author",
            field=models.ForeignKey(
                blank=True,
                help_text="who answers for the content; empty: shipped, until somebody submits it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="holdoutdecision",
            name="design",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="interventions.holdoutdesign",
            ),
        ),
        migrations.AddField(
            model_name="holdoutassignment",
            name="design",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="interventions.holdoutdesign",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="author",
            field=models.ForeignKey(
                help_text="who wrote it",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interventions",
                to="interventions.case",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="interventions",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="gatedecision",
            name="intervention",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gate_decisions",
                to="interventions.intervention",
            ),
        ),
        migrations.AddField(
            model_name="editdecision",
            name="intervention",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="edit_decisions",
                to="interventions.intervention",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="intervention",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="interventions.intervention",
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="interventions.case"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="policy",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="packdecision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="packdecision",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="packdecision",
            name="pack",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="interventions.contactpack",
            ),
        ),
        migrations.AddField(
            model_name="policydecision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="policydecision",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="policydecision",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddField(
            model_name="promisetopay",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="promises", to="interventions.case"
            ),
        ),
        migrations.AddField(
            model_name="promisetopay",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="promises", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="promisetopay",
            name="loan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.loan"
            ),
        ),
        migrations.AddField(
            model_name="promisetopay",
            name="made_with",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="providerevent",
            name="delivery",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="provider_events",
                to="interventions.delivery",
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="answer_recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="interventions.case"
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="loan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.loan"
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="offered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reliefoffer",
            name="template",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interventions.policytemplate",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakerreset",
            constraint=models.UniqueConstraint(fields=("opened_at",), name="breaker_reset_once"),
        ),
        migrations.AddConstraint(
            model_name="breakerreset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="breaker_reset_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakerreset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="breaker_reset_confirmed_wholly",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["customer", "-opened_at"], name="case_by_customer"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=["assigned_to", "-rank", "id"],
                name="case_open_by_worker",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=["-rank", "id"],
                name="case_open_by_rank",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("first_contact_at__isnull", True),
                    ("sla_breached_at__isnull", True),
                    models.Q(("state", "resolved"), _negated=True),
                ),
                fields=["sla_due_at"],
                name="case_sla_running",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["snoozed_until"], name="case_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "resolved")), fields=["resolved_at"], name="case_resolved"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=("customer",),
                name="case_one_open_per_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["new", "assigned", "in_progress", "waiting", "escalated", "resolved"])
                ),
                name="case_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "resolved"),
                        models.Q(("outcome", ""), _negated=True),
                        ("resolved_at__isnull", False),
                    ),
                    models.Q(
                        models.Q(("state", "resolved"), _negated=True),
                        ("outcome", ""),
                        ("resolved_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="case_resolved_with_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["assigned", "in_progress"]), _negated=True),
                    ("assigned_to__isnull", False),
                    _connector="OR",
                ),
                name="case_in_hand_is_somebodys",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True),
                    ("snoozed_until__isnull", False),
                    _connector="OR",
                ),
                name="case_waits_until",
            ),
        ),
        migrations.AddIndex(
            model_name="casetransition",
            index=models.Index(fields=["case", "id"], name="transition_by_case"),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                fields=["customer", "channel", "purpose", "-happened_at", "-id"], name="consent_last"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                name="consent_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["support", "service"])), name="consent_purpose_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.UniqueConstraint(
                fields=("customer", "channel", "purpose", "happened_at", "is_granted", "source"),
                name="consent_event_once",
            ),
        ),
        migrations.AddIndex(
            model_name="contacthold",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["customer"], name="hold_standing"
            ),
        ),
        migrations.AddConstraint(
            model_name="contacthold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["vulnerability", "hardship", "arrears", "complaint", "legal", "bereavement"],
                    )
                ),
                name="hold_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="contacthold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    models.Q(("lifted_by__isnull", False), models.Q(("lift_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="hold_lifted_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpack",
            constraint=models.UniqueConstraint(fields=("name", "version"), name="pack_by_version"),
        ),
        migrations.AddConstraint(
            model_name="contactpack",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("state",), name="one_active_pack"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpack",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "content_hash"), name="pack_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpack",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "approved", "active", "retired"])),
                name="pack_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpack",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    ("state", "retired"),
                    models.Q(("author__isnull", False), models.Q(("content_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="pack_is_frozen_once_submitted",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(fields=["customer", "-happened_at"], name="conversation_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                name="conversation_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("result__in", ["spoke", "no_answer", "wrong_person"])),
                name="conversation_result_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdesign",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("state",), name="one_active_holdout"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdesign",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "content_hash"), name="holdout_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdesign",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", 0.5)), name="holdout_share_is_small"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdesign",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "approved", "active", "retired"])),
                name="holdout_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdesign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    ("state", "retired"),
                    models.Q(("author__isnull", False), models.Q(("content_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="holdout_is_frozen_once_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("decided_by")), _negated=True),
                name="holdoutdecision_is_not_by_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["approved", "refused"])),
                name="holdoutdecision_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="holdoutdecision_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("arm__in", ["treated", "held_out", "excluded"])),
                name="holdout_arm_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="holdoutassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("propensity__gte", 0), ("propensity__lte", 0.5)),
                name="holdout_propensity_is_small",
            ),
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(fields=["customer", "-id"], name="intervention_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "body_sha256"), name="intervention_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                name="intervention_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["support", "service"])),
                name="intervention_purpose_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "awaiting_approval", "confirmed", "cancelled"])),
                name="intervention_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="intervention_confirmed_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="gatedecision",
            index=models.Index(fields=["customer", "-id"], name="gate_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="gatedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_allowed", True), ("rule", "")),
                    models.Q(("is_allowed", False), models.Q(("rule", ""), _negated=True)),
                    _connector="OR",
                ),
                name="gate_denial_has_a_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="gatedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                name="gate_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="editdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("decided_by")), _negated=True),
                name="editdecision_is_not_by_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="editdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["approved", "refused"])), name="editdecision_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="editdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="editdecision_has_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["not_before_at"], name="delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "sending")), fields=["claimed_at"], name="delivery_under_way"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["customer", "-contacted_at"], name="delivery_by_customer"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["handed_over_at"], name="delivery_by_hour"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["provider", "provider_id"], name="delivery_by_provider_id"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("pending", "sending", "sent", "delivered", "unknown"))),
                fields=("case", "template", "channel"),
                name="delivery_contact_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                name="delivery_channel_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "pending",
                            "sending",
                            "sent",
                            "delivered",
                            "failed",
                            "unknown",
                            "denied",
                            "cancelled",
                        ],
                    )
                ),
                name="delivery_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["sending", "sent", "delivered", "unknown"]), _negated=True),
                    models.Q(("contacted_at__isnull", False), ("handed_over_at__isnull", False)),
                    _connector="OR",
                ),
                name="delivery_contacted_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "category__in",
                        ["knows_customer", "already_arranged", "wrong_reason", "customer_asked", "other"],
                    )
                ),
                name="override_category_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(("chosen", models.F("recommended")), _negated=True),
                name="override_chose_otherwise",
            ),
        ),
        migrations.AddConstraint(
            model_name="packdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("decided_by")), _negated=True),
                name="packdecision_is_not_by_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="packdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["approved", "refused"])), name="packdecision_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="packdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="packdecision_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="policydecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("decided_by")), _negated=True),
                name="policydecision_is_not_by_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="policydecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["approved", "refused"])), name="policydecision_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="policydecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="policydecision_has_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="promisetopay",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["promised_on"], name="promise_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="promisetopay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("loan",), name="promise_one_open_a_loan"
            ),
        ),
        migrations.AddConstraint(
            model_name="promisetopay",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="promise_is_of_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="promisetopay",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "kept", "broken", "cancelled"])),
                name="promise_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="providerevent",
            constraint=models.UniqueConstraint(fields=("provider", "event_key"), name="provider_event_once"),
        ),
        migrations.AddConstraint(
            model_name="reliefoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "offered")), fields=("loan",), name="offer_one_open_a_loan"
            ),
        ),
        migrations.AddConstraint(
            model_name="reliefoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["due_date_move", "instalment_split", "payment_holiday"])),
                name="offer_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reliefoffer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["offered", "accepted", "declined", "withdrawn", "expired"])
                ),
                name="offer_state_is_known",
            ),
        ),
    ]
