import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["city"], name="customer_by_city"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["employment"], name="customer_by_employment"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["bank_id"], name="customer_by_id_prefix", opclasses=["varchar_pattern_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("full_name", config="simple"),
                name="customer_by_name",
            ),
        ),
    ]
