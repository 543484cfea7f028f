"""Organizations and profiles."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from linkpoint.accounts.admin.actions import pause, resume
from linkpoint.accounts.admin.checking import checked
from linkpoint.accounts.admin.scoping import ScopedAdmin, sees_everything
from linkpoint.accounts.admin.secrets import SecretsForm
from linkpoint.accounts.models import Organization, Profile
from linkpoint.accounts.onboarding.organizations import require_rsa_key, salesforce_origin

_CREDENTIALS = frozenset(
    {
        "instance_url",
        "login_url",
        "consumer_key",
        "consumer_secret",
        "jwt_private_key",
        "integration_username",
    }
)


class OrganizationForm(SecretsForm):
    """An organization, checked as the operator commands check it."""

    secrets = ("consumer_secret", "jwt_private_key")

    class Meta:
        model = Organization
        exclude = ("token_cache", "has_key_field")

    def clean_instance_url(self) -> str:
        """Return scheme and host."""
        return checked(lambda: salesforce_origin(self.cleaned_data["instance_url"], "instance_url"))

    def clean_login_url(self) -> str:
        """Return scheme and host."""
        return checked(lambda: salesforce_origin(self.cleaned_data["login_url"], "login_url"))

    def clean_jwt_private_key(self) -> str:
        """Let only an RSA private key pass."""
        pem = str(self.cleaned_data["jwt_private_key"] or "")
        if pem:
            checked(lambda: require_rsa_key(pem, "jwt_private_key"))
        return pem


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    form = OrganizationForm
    organization_path = "pk"
    list_display = (
        "name",
        "salesforce_id",
        "instance_url",
        "is_sandbox",
        "state",
        "paused",
        "has_key_field",
        "people",
    )
    list_filter = ("state", "paused", "is_sandbox", "has_key_field")
    search_fields = ("name", "salesforce_id", "instance_url", "integration_username")
    readonly_fields = ("has_key_field", "created_at")
    actions = (pause, resume)
    fieldsets = (
        (None, {"fields": ("salesforce_id", "name", "instance_url", "login_url", "is_sandbox")}),
        (
            "App in Salesforce",
            {
                "fields": (
                    "consumer_key",
                    "consumer_secret",
                    "jwt_private_key",
                    "integration_username",
                )
            },
        ),
        ("State", {"fields": ("state", "paused", "paused_until", "has_key_field", "created_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(people_count=Count("users"))
        return counted

    @admin.display(description="people", ordering="people_count")
    def people(self, row: Organization) -> int:
        """Return how many users the organization has."""
        return int(getattr(row, "people_count", 0))

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        fixed = ("salesforce_id",) if obj else ()
        state = () if sees_everything(request) else ("state",)
        return (*self.readonly_fields, *fixed, *state)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        return sees_everything(request)

    def save_model(
        self, request: HttpRequest, obj: Organization, form: Any, change: bool
    ) -> None:  # Django's signature
        if change and _CREDENTIALS & set(form.changed_data):
            obj.token_cache = ""
            obj.users.update(token_cache="")
        super().save_model(request, obj, form, change)


@admin.register(Profile)
class ProfileAdmin(ScopedAdmin):
    list_display = ("name", "organization", "paused", "paused_until")
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter), "paused")
    list_select_related = ("organization",)
    search_fields = ("name", "organization__name")
    ordering = ("name", "pk")
    actions = (pause, resume)
