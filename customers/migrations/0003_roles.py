"""The four staff roles."""

from django.db import migrations

NAMES = ("Relationship managers", "Supervisors", "Compliance officers", "Analysts")


def create(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in NAMES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_partitioned_transactions"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
