"""Metrics belong to what is decided upon: their hash is in the version and in every decision about it.

PostgreSQL hashes them, in its own way to write jsonb, so that there is one such way.
"""

import django.db.models.functions.comparison
from django.db import migrations, models

NOT_DECIDED_UPON = "ALTER TABLE public.risk_modeldecision DROP CONSTRAINT decision_is_of_this_version;"
DECIDED_UPON = """
ALTER TABLE public.risk_modeldecision ADD CONSTRAINT decision_is_of_this_version
    FOREIGN KEY (model_id, author_id, manifest_sha256, metrics_sha256)
    REFERENCES public.risk_modelversion (id, author_id, manifest_sha256, metrics_sha256);
"""
DECIDED_UPON_EARLIER = """
ALTER TABLE public.risk_modeldecision ADD CONSTRAINT decision_is_of_this_version
    FOREIGN KEY (model_id, author_id, manifest_sha256)
    REFERENCES public.risk_modelversion (id, author_id, manifest_sha256);
"""

# Rows from before. The guards let nobody write that, so they pause.
FILL = """
ALTER TABLE public.risk_modelversion DISABLE TRIGGER USER;
ALTER TABLE public.risk_modeldecision DISABLE TRIGGER USER;
UPDATE public.risk_modelversion SET metrics_sha256 = encode(sha256(convert_to(metrics::text, 'UTF8')), 'hex');
UPDATE public.risk_modeldecision decision SET metrics_sha256 = model.metrics_sha256
FROM public.risk_modelversion model WHERE model.id = decision.model_id;
ALTER TABLE public.risk_modelversion ENABLE TRIGGER USER;
ALTER TABLE public.risk_modeldecision ENABLE TRIGGER USER;
"""

HASH = """
CREATE FUNCTION public.equilibrate_hash_metrics() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.metrics_sha256 := encode(sha256(convert_to(NEW.metrics::text, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_hash_metrics BEFORE INSERT ON public.risk_modelversion
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_hash_metrics();
"""
HASH_NO_MORE = """
DROP TRIGGER equilibrate_hash_metrics ON public.risk_modelversion;
DROP FUNCTION public.equilibrate_hash_metrics();
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0015_where_it_was_decided")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="metrics_sha256",
            field=models.CharField(
                db_default="",
                editable=False,
                help_text="of the metrics as PostgreSQL writes them",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="modeldecision",
            name="metrics_sha256",
            field=models.CharField(db_default="", help_text="of the metrics that were seen", max_length=64),
        ),
        migrations.RunSQL(NOT_DECIDED_UPON, DECIDED_UPON_EARLIER),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="modelversion", name="model_decided_upon"),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "manifest_sha256", "metrics_sha256"), name="model_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "metrics_sha256",
                        models.Func(
                            models.Func(
                                models.Func(
                                    django.db.models.functions.comparison.Cast("metrics", models.TextField()),
                                    models.Value("UTF8"),
                                    function="convert_to",
                                ),
                                function="sha256",
                            ),
                            models.Value("hex"),
                            function="encode",
                            output_field=models.CharField(),
                        ),
                    )
                ),
                name="model_hash_is_of_metrics",
            ),
        ),
        migrations.RunSQL(DECIDED_UPON, NOT_DECIDED_UPON),
        migrations.RunSQL(HASH, HASH_NO_MORE),
    ]
