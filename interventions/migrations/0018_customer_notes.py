"""Notes about customers: added to, never changed; their words are where they can be erased."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

TABLE = "interventions_customernote"
# Number and moment of recording are the database's (0006).
GUARD = f"""
CREATE TRIGGER equilibrate_append_only_numbered BEFORE INSERT ON public.{TABLE}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_record_contact();
CREATE TRIGGER equilibrate_append_only BEFORE UPDATE OR DELETE ON public.{TABLE}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_refuse_change();
CREATE TRIGGER equilibrate_append_only_kept BEFORE TRUNCATE ON public.{TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
NO_GUARD = f"""
DROP TRIGGER equilibrate_append_only_kept ON public.{TABLE};
DROP TRIGGER equilibrate_append_only ON public.{TABLE};
DROP TRIGGER equilibrate_append_only_numbered ON public.{TABLE};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_erasure_by_order"),
        ("customers", "0013_stated_pay_day"),
        ("interventions", "0017_customer_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "CustomerNote",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("written_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="customers.customer",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audit.auditevent",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["customer", "-id"], name="note_by_customer")]},
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
