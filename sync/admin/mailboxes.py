"""Where the reading of mailboxes and organizations stands, who has the turn, and change notifications."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from linkpoint.accounts.admin.scoping import organization_of_staff, sees_everything
from sync.admin.reading_only import ReadOnlyAdmin
from sync.jobs import enqueue_sync
from sync.models import Inbox, Lease, MailboxState, OrganizationState, Subscription


class HealthFilter(admin.SimpleListFilter):
    """Mailboxes that fail, were never read, or are late."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failing", "Failing"),
            ("unread", "Never read"),
            ("late", "Late"),
            ("well", "Well"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        late = Q(next_poll_at__lt=timezone.now() - timedelta(minutes=5))
        wanted = {
            "failing": Q(failures__gt=0),
            "unread": Q(synced_at__isnull=True),
            "late": late,
            "well": Q(failures=0, synced_at__isnull=False) & ~late,
        }
        return queryset.filter(wanted[self.value() or ""]) if self.value() in wanted else queryset


@admin.action(description="Read now", permissions=["view"])
def read_now(modeladmin: Any, request: HttpRequest, queryset: QuerySet[MailboxState]) -> None:
    """Let workers run a cycle of these mailboxes at once."""
    for state in queryset:
        enqueue_sync(state.mailbox_id)
    modeladmin.message_user(request, f"{len(queryset)} asked for.", messages.SUCCESS)


@admin.action(description="Read everything again (nothing is deleted by it)", permissions=["view"])
def read_again(modeladmin: Any, request: HttpRequest, queryset: QuerySet[MailboxState]) -> None:
    """Forget the cursors, keep every row, and read whole calendars again (R12)."""
    count = queryset.update(
        delta_link="", round_link="", in_round=False, window_start=None, window_end=None,
        next_poll_at=timezone.now(),
    )  # fmt: skip
    modeladmin.message_user(
        request, f"{count} are read from the start with the next run.", messages.SUCCESS
    )


@admin.register(MailboxState)
class MailboxStateAdmin(ReadOnlyAdmin):
    list_display = ("mailbox", "organization", "synced_at", "next_poll_at", "failures", "problem")
    list_filter = (HealthFilter, ("mailbox__organization", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("mailbox", "mailbox__organization")
    search_fields = ("mailbox__address", "mailbox__user__username", "problem")
    ordering = ("-failures", "next_poll_at")
    exclude = ("delta_link", "round_link")
    actions = (read_now, read_again)

    @admin.display(ordering="mailbox__organization__name")
    def organization(self, row: MailboxState) -> str:
        """Return whose mailbox it is."""
        return str(row.mailbox.organization)


@admin.register(OrganizationState)
class OrganizationStateAdmin(ReadOnlyAdmin):
    organization_path = "organization"
    list_display = ("organization", "cursor", "next_poll_at", "failures", "calls", "problem")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__salesforce_id", "problem")

    @admin.display(description="Salesforce calls today")
    def calls(self, row: OrganizationState) -> str:
        """Return used and allowed calls."""
        if row.api_used is None or not row.api_allowed:
            return "-"
        return f"{row.api_used} of {row.api_allowed} ({100 * row.api_used // row.api_allowed} %)"


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("holds", "epoch", "expires_at", "owner")
    list_select_related = ("mailbox", "organization")
    search_fields = ("mailbox__address", "organization__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return turns of mailboxes and of organizations alike."""
        rows: QuerySet[Any] = self.model._default_manager.all()  # noqa: SLF001 -- Django's documented interface
        if sees_everything(request):
            return rows
        mine = organization_of_staff(request)
        return (
            rows.filter(Q(mailbox__organization=mine) | Q(organization=mine))
            if mine
            else rows.none()
        )

    @admin.display(description="of")
    def holds(self, row: Lease) -> str:
        """Return what the turn is for."""
        return str(row.mailbox or row.organization)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("mailbox", "subscription_id", "expires_at", "renew_at")
    list_filter = (("mailbox__organization", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("mailbox",)
    search_fields = ("mailbox__address", "subscription_id")
    exclude = ("client_state",)  # a shared secret with Microsoft


@admin.register(Inbox)
class InboxAdmin(ReadOnlyAdmin):
    list_display = ("mailbox", "kind", "received_at", "done_at")
    list_filter = ("kind", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("mailbox",)
    search_fields = ("mailbox__address",)
    date_hierarchy = "received_at"
