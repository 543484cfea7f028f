"""What administrators do with several rows at once."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from linkpoint.accounts.disconnecting import disconnect_outlook, disconnect_salesforce
from linkpoint.accounts.models import Mailbox, Pausable, User


@admin.action(description="Pause sync until someone resumes it", permissions=["change"])
def pause(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    """Let organizations, profiles or users rest."""
    for row in queryset:
        _require_pausable(row).pause()
        row.save(update_fields=["paused", "paused_until"])
        modeladmin.log_change(request, row, "Paused.")
    _tell(modeladmin, request, len(queryset), "paused")


@admin.action(description="Resume sync", permissions=["change"])
def resume(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    """End their rest."""
    for row in queryset:
        _require_pausable(row).resume()
        row.save(update_fields=["paused", "paused_until"])
        modeladmin.log_change(request, row, "Resumed.")
    _tell(modeladmin, request, len(queryset), "resumed")


@admin.action(description="Revoke Salesforce tokens", permissions=["change"])
def revoke_salesforce(modeladmin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
    """End the sign-ins of users at Salesforce and forget them here."""
    for user in queryset.select_related("organization"):
        if not disconnect_salesforce(user):
            told = f"{user}: forgotten here, but Salesforce did not confirm. Revoke it in Salesforce Setup, too."
            modeladmin.message_user(request, told, messages.WARNING)
        modeladmin.log_change(request, user, "Salesforce tokens revoked.")
    _tell(modeladmin, request, len(queryset), "disconnected from Salesforce")


@admin.action(description="Revoke Outlook tokens and suspend", permissions=["change"])
def revoke_outlook(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Mailbox]) -> None:
    """Forget the sign-ins of mailboxes and stop reading them; nothing is deleted."""
    for mailbox in queryset:
        disconnect_outlook(mailbox, "Disconnected by an administrator.")
        modeladmin.log_change(request, mailbox, "Outlook tokens revoked.")
    _tell(modeladmin, request, len(queryset), "suspended")


def _require_pausable(row: object) -> Pausable:
    if not isinstance(row, Pausable):
        raise TypeError("only what can rest can be paused")
    return row


def _tell(modeladmin: Any, request: HttpRequest, count: int, deed: str) -> None:
    words = ngettext("%(count)d row %(deed)s.", "%(count)d rows %(deed)s.", count)
    modeladmin.message_user(request, words % {"count": count, "deed": deed}, messages.SUCCESS)
