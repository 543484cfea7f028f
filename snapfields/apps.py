from django.apps import AppConfig


class SnapfieldsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "snapfields"
