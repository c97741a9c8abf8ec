"""ASGI entry point: HTTP by Django, WebSockets by Channels, same-origin and logged in only."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from equilibrate_site import one_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "equilibrate_site.settings")
http = one_thread.application()

from equilibrate_site.lifespan import lifespan  # noqa: E402 - needs the apps loaded above
from interventions.routing import websocket_urlpatterns  # noqa: E402 - the same

application = ProtocolTypeRouter(
    {
        "http": http,
        "lifespan": lifespan,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
