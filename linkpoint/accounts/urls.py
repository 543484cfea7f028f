from django.urls import path

from linkpoint.accounts import launch
from linkpoint.accounts.health import healthz

urlpatterns = [
    path("canvas/", launch.canvas, name="canvas"),
    path("canvas/session/", launch.session_refresh, name="session_refresh"),
    path("healthz", healthz, name="healthz"),
]
