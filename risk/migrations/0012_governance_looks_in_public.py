"""The registry's trigger looks at the schema's own tables: a temporary one of the same name stands in for none."""

from django.db import migrations

# Named last, since PostgreSQL looks in pg_temp first where it is not named.
FIXED = "ALTER FUNCTION public.equilibrate_govern_model() SET search_path = pg_catalog, public, pg_temp;"
AS_THE_SESSION = "ALTER FUNCTION public.equilibrate_govern_model() RESET search_path;"


class Migration(migrations.Migration):
    dependencies = [("risk", "0011_score_level_from_before")]

    operations = [migrations.RunSQL(FIXED, AS_THE_SESSION)]
