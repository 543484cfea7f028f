"""Tenants and mailboxes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from linkpoint.accounts.admin.actions import revoke_outlook
from linkpoint.accounts.admin.checking import checked, known_zone
from linkpoint.accounts.admin.scoping import ScopedAdmin
from linkpoint.accounts.admin.secrets import SecretsForm
from linkpoint.accounts.models import Mailbox, Tenant
from linkpoint.accounts.onboarding.tenants import require_client_id, require_tenant_id


class TenantForm(SecretsForm):
    """A tenant; it needs a secret or a certificate."""

    secrets = ("client_secret", "certificate")

    class Meta:
        model = Tenant
        exclude = ("token_cache", "problem", "checked_at")

    def clean_tenant_id(self) -> str:
        """Let only one tenant's id pass."""
        return checked(lambda: require_tenant_id(self.cleaned_data["tenant_id"]))

    def clean_client_id(self) -> str:
        """Let only an application id pass."""
        return checked(lambda: require_client_id(self.cleaned_data["client_id"]))

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        cleaned = super().clean()
        if not cleaned.get("client_secret") and not cleaned.get("certificate"):
            self.add_error("client_secret", "Enter a client secret or a certificate.")
        return cleaned


@admin.register(Tenant)
class TenantAdmin(ScopedAdmin):
    form = TenantForm
    list_display = ("tenant_id", "organization", "cloud", "client_id", "problem", "checked_at")
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter), "cloud")
    list_select_related = ("organization",)
    search_fields = ("tenant_id", "client_id", "organization__name")
    raw_id_fields = ("organization",)
    readonly_fields = ("problem", "checked_at")
    fieldsets = (
        (None, {"fields": ("organization", "tenant_id", "cloud")}),
        ("App registration", {"fields": ("client_id", "client_secret", "certificate")}),
        ("State", {"fields": ("problem", "checked_at")}),
    )

    def save_model(
        self, request: HttpRequest, obj: Tenant, form: Any, change: bool
    ) -> None:  # Django's signature
        obj.token_cache = ""
        super().save_model(request, obj, form, change)


class MailboxForm(SecretsForm):
    """A mailbox; user and tenant have to be of its organization."""

    class Meta:
        model = Mailbox
        exclude = ("token_cache",)

    def clean_time_zone(self) -> str:
        """Return the IANA name."""
        return known_zone(self.cleaned_data["time_zone"])

    def clean(self) -> dict[str, Any]:
        """Keep organizations apart."""
        cleaned = super().clean()
        organization = cleaned.get("organization") or getattr(self.instance, "organization", None)
        for name in ("user", "tenant"):
            other = cleaned.get(name)
            if (
                other is not None
                and organization is not None
                and other.organization_id != organization.pk
            ):
                self.add_error(name, "This belongs to another organization.")
        return cleaned


@admin.register(Mailbox)
class MailboxAdmin(ScopedAdmin):
    form = MailboxForm
    list_display = (
        "address",
        "user",
        "organization",
        "access",
        "state",
        "calendar_name",
        "time_zone",
        "problem",
    )
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter), "state", "access")
    list_select_related = ("organization", "user", "tenant")
    search_fields = ("address", "user__username", "user__full_name", "graph_user_id")
    raw_id_fields = ("organization", "user", "tenant")
    readonly_fields = ("problem", "problem_at", "checked_at")
    actions = (revoke_outlook,)
    fieldsets = (
        (
            None,
            {"fields": ("organization", "user", "tenant", "access", "address", "graph_user_id")},
        ),
        ("Calendar", {"fields": ("calendar_id", "calendar_name", "time_zone")}),
        ("State", {"fields": ("state", "problem", "problem_at", "checked_at")}),
    )
