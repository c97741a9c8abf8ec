from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class EquilibrateSiteConfig(AppConfig):
    name = "equilibrate_site"

    def ready(self) -> None:
        from equilibrate_site import (  # noqa: F401 - they connect signals and checks
            accounts_factors,
            audited,
            checks,
            grants,
            logs,
            request_ids,
        )

        logs.configure()
        # Sent once after all migrations.
        post_migrate.connect(grants.grant_application_role, sender=apps.get_app_config("audit"))
