"""The first policy pack and the first contact packs, as drafts: two people decide whether the bank uses them.

Drafts of migration 0002 that nobody has touched are replaced; beside what somebody has touched a new version is put.
"""

import json
from pathlib import Path

from django.db import migrations

from interventions.policy.texts import first, making

PACKS = Path(first.__file__).with_name("packs")


def create(apps, schema_editor):
    _policies(apps.get_model("interventions", "PolicyTemplate"))
    _packs(apps.get_model("interventions", "ContactPack"))


def _policies(template):
    for (hardship, level), policy in first.POLICIES.items():
        columns = making.columns(policy)
        known = template.objects.filter(hardship=hardship, level=level)
        if known.filter(**columns).exists():
            continue
        if not known.filter(version=1, state="draft", author=None).update(**columns):
            last = known.order_by("-version").first()
            version = last.version + 1 if last else 1
            template.objects.create(hardship=hardship, level=level, version=version, **columns)


def _packs(pack):
    for file in sorted(PACKS.glob("*.json")):
        pack.objects.get_or_create(
            name=file.stem, version=1, defaults={"rules": json.loads(file.read_text())}
        )


class Migration(migrations.Migration):
    dependencies = [("interventions", "0008_help_guarded")]

    operations = [
        migrations.AlterModelOptions(name="delivery", options={"verbose_name_plural": "deliveries"}),
        migrations.AlterModelOptions(name="promisetopay", options={"verbose_name_plural": "promises to pay"}),
        migrations.RunPython(create, migrations.RunPython.noop),
    ]
