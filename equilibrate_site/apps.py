from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EquilibrateSiteConfig(AppConfig):
    name = "equilibrate_site"

    def ready(self) -> None:
        from equilibrate_site import grants, logs

        logs.configure()
        post_migrate.connect(grants.grant_application_role, sender=self)
