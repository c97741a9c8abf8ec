from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class EquilibrateSiteConfig(AppConfig):
    name = "equilibrate_site"

    def ready(self) -> None:
        from equilibrate_site import audited, grants, logs, request_ids  # noqa: F401 - they connect signals

        logs.configure()
        # Sent once after all migrations; an app without models, such as this one, is sent nothing.
        post_migrate.connect(grants.grant_application_role, sender=apps.get_app_config("audit"))
