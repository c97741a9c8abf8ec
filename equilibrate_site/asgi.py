"""ASGI entry point: HTTP by Django; WebSockets by Channels, same-origin, logged in, with a second factor if needed."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from equilibrate_site import one_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "equilibrate_site.settings")
http = one_thread.application()

from equilibrate_site.lifespan import lifespan  # noqa: E402 - needs the apps loaded above
from equilibrate_site.second_factor import SecondFactorSockets  # noqa: E402 - the same
from interventions.routing import websocket_urlpatterns  # noqa: E402 - the same

application = ProtocolTypeRouter(
    {
        "http": http,
        "lifespan": lifespan,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(SecondFactorSockets(URLRouter(websocket_urlpatterns)))
        ),
    }
)
