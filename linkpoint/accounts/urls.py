from django.urls import path

from linkpoint.accounts.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
]
