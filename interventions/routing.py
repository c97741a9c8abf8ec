"""WebSocket addresses."""

from django.urls import path

from interventions.consumers import QueueConsumer

websocket_urlpatterns = [path("ws/queue/", QueueConsumer.as_asgi())]
