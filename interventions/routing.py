"""WebSocket addresses."""

from django.urls import path

from interventions.console.consumers import QueueConsumer

websocket_urlpatterns = [path("ws/queue/", QueueConsumer.as_asgi())]
