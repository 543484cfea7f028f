"""The users whose calendars we keep."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from linkpoint.accounts.admin.actions import pause, resume, revoke_salesforce
from linkpoint.accounts.admin.checking import known_zone
from linkpoint.accounts.admin.scoping import ScopedAdmin
from linkpoint.accounts.models import User

if TYPE_CHECKING:
    _Form = forms.ModelForm[User]
else:
    _Form = forms.ModelForm


class UserForm(_Form):
    """A user; the profile has to be of their organization."""

    def clean_time_zone(self) -> str:
        """Return the IANA name."""
        return known_zone(self.cleaned_data["time_zone"])

    def clean(self) -> dict[str, Any]:
        """Keep organizations apart."""
        cleaned = super().clean() or self.cleaned_data
        organization = cleaned.get("organization") or getattr(self.instance, "organization", None)
        profile = cleaned.get("profile")
        if profile is not None and profile.organization != organization:
            self.add_error("profile", "This belongs to another organization.")
        return cleaned


@admin.action(description="Switch access off", permissions=["change"])
def deactivate(modeladmin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
    """Let users neither in nor sync for them; nothing is deleted."""
    count = queryset.update(state=User.State.DEACTIVATED)
    modeladmin.message_user(request, f"{count} switched off.")


@admin.action(description="Switch access on", permissions=["change"])
def activate(modeladmin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
    """Let users in again."""
    count = queryset.update(state=User.State.ACTIVE)
    modeladmin.message_user(request, f"{count} switched on.")


@admin.register(User)
class UserAdmin(ScopedAdmin):
    form = UserForm
    list_display = (
        "username",
        "full_name",
        "organization",
        "profile",
        "address",
        "state",
        "paused",
        "salesforce_problem",
    )
    list_filter = (
        ("organization", admin.RelatedOnlyFieldListFilter),
        ("profile", admin.RelatedOnlyFieldListFilter),
        "state",
        "paused",
    )
    list_select_related = ("organization", "profile", "mailbox")
    search_fields = ("username", "full_name", "email", "salesforce_user_id", "mailbox__address")
    ordering = ("username", "pk")
    raw_id_fields = ("organization", "profile")
    readonly_fields = (
        "signs_in",
        "salesforce_problem",
        "salesforce_checked_at",
        "welcomed_at",
    )
    actions = (pause, resume, activate, deactivate, revoke_salesforce)
    fieldsets = (
        (
            None,
            {"fields": ("organization", "salesforce_user_id", "username", "full_name", "email")},
        ),
        ("Settings", {"fields": ("profile", "locale", "language", "time_zone")}),
        ("State", {"fields": ("state", "paused", "paused_until", "welcomed_at")}),
        ("Salesforce", {"fields": ("signs_in", "salesforce_problem", "salesforce_checked_at")}),
    )

    @admin.display(description="mailbox", ordering="mailbox__address")
    def address(self, row: User) -> str:
        """Return the address of the user's mailbox."""
        mailbox = getattr(row, "mailbox", None)
        return str(mailbox) if mailbox else "-"

    @admin.display(description="signs in")
    def signs_in(self, row: User) -> str:
        """Return how we act as this user; the token itself is shown nowhere."""
        if row.refresh_token:
            return "by the user's own sign-in"
        if row.organization_id and row.organization.jwt_private_key:
            return "by the organization's JWT key"
        return "not connected"
