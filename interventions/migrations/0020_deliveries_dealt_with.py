"""What staff did about messages that did not arrive: added to, never changed, and only about such messages."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

TABLE = "interventions_deliverydealt"
GUARD = f"""
CREATE FUNCTION public.equilibrate_guard_dealt() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'what somebody did about a delivery is only added to'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM public.interventions_delivery WHERE id = NEW.delivery_id AND state = NEW.state FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'delivery %: it is not %', NEW.delivery_id, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_append_only BEFORE INSERT OR UPDATE OR DELETE ON public.{TABLE}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_dealt();
CREATE TRIGGER equilibrate_append_only_kept BEFORE TRUNCATE ON public.{TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_guard_dealt();
"""
NO_GUARD = f"""
DROP TRIGGER equilibrate_append_only_kept ON public.{TABLE};
DROP TRIGGER equilibrate_append_only ON public.{TABLE};
DROP FUNCTION public.equilibrate_guard_dealt();
"""
STATES = [
    ("pending", "waiting to be sent"),
    ("sending", "being sent"),
    ("sent", "sent"),
    ("delivered", "delivered"),
    ("failed", "failed: not sent"),
    ("unknown", "unknown: may have been sent"),
    ("denied", "not allowed"),
    ("cancelled", "cancelled"),
]
DEEDS = [
    ("asked_provider", "asked the provider"),
    ("asked_customer", "asked the customer"),
    ("written_again", "written again, or by another channel"),
    ("address_mended", "put the address right"),
    ("nothing", "nothing more to be done"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("interventions", "0019_saved_views"),
    ]

    operations = [
        migrations.CreateModel(
            "DeliveryDealt",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=STATES, help_text="as it was looked at", max_length=16),
                ),
                ("deed", models.CharField(choices=DEEDS, max_length=24)),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dealt",
                        to="interventions.delivery",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("delivery", "state"), name="delivery_dealt_once"),
                    models.CheckConstraint(
                        condition=Q(state__in=("failed", "unknown")), name="delivery_dealt_is_troubled"
                    ),
                    models.CheckConstraint(
                        condition=Q(deed__in=[each for each, _word in DEEDS]),
                        name="delivery_dealt_deed_is_known",
                    ),
                ]
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
