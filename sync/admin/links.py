"""Links with their history, and what two people changed at once."""

from django.contrib import admin
from django.utils.safestring import SafeString

from sync.admin.reading_only import ReadOnlyAdmin, ReadOnlyInline, subject_of, values_of
from sync.models import Conflict, Intent, Link


class IntentInline(ReadOnlyInline):
    """Writes of one link."""

    model = Intent
    fields = ("created_at", "op", "status", "cause", "reason", "run")
    readonly_fields = fields
    ordering = ("-id",)


class ConflictInline(ReadOnlyInline):
    """Questions and losses of one link."""

    model = Conflict
    fields = ("at", "field", "state", "reason", "settled_at")
    readonly_fields = fields
    ordering = ("-id",)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    organization_path = "organization"
    list_display = (
        "subject", "mailbox", "state", "salesforce_id", "recorded_by", "recorded_at", "problem",
    )  # fmt: skip
    list_filter = ("state", "recorded_by", ("organization", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("mailbox",)
    search_fields = ("=outlook_id", "=salesforce_id", "mailbox__address", "problem")
    date_hierarchy = "created_at"
    inlines = (IntentInline, ConflictInline)
    exclude = ("base_outlook", "base_salesforce", "extras")
    readonly_fields = ("outlook_base", "salesforce_base")

    @admin.display
    def subject(self, row: Link) -> str:
        """Return what the event was called when both sides last agreed."""
        return subject_of(row.base_outlook)

    @admin.display(description="agreed, Outlook")
    def outlook_base(self, row: Link) -> SafeString:
        """Return the base of Outlook."""
        return values_of(row.base_outlook)

    @admin.display(description="agreed, Salesforce")
    def salesforce_base(self, row: Link) -> SafeString:
        """Return the base of Salesforce."""
        return values_of(row.base_salesforce)


@admin.register(Intent)
class IntentAdmin(ReadOnlyAdmin):
    organization_path = "link__organization"
    list_display = ("created_at", "op", "status", "mailbox", "cause", "reason", "resolved_at")
    list_filter = (
        "status",
        "op",
        "cause",
        ("link__organization", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("link", "link__mailbox")
    search_fields = (
        "=link__outlook_id",
        "=link__salesforce_id",
        "link__mailbox__address",
        "reason",
    )
    date_hierarchy = "created_at"
    exclude = ("payload", "source", "before")
    readonly_fields = ("sent", "made_from", "as_it_was")

    @admin.display(ordering="link__mailbox__address")
    def mailbox(self, row: Intent) -> str:
        """Return whose event it was."""
        return str(row.link.mailbox)

    @admin.display
    def sent(self, row: Intent) -> SafeString:
        """Return what was sent."""
        return values_of(_kind(row) | row.payload)

    @admin.display
    def made_from(self, row: Intent) -> SafeString:
        """Return what it was made from."""
        return values_of(_kind(row) | row.source)

    @admin.display
    def as_it_was(self, row: Intent) -> SafeString:
        """Return the before-image."""
        return values_of(_kind(row) | row.before if row.before else {})


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    organization_path = "link__organization"
    list_display = ("at", "field", "state", "mailbox", "reason", "settled_at")
    list_filter = ("state", "field", ("link__organization", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("link", "link__mailbox")
    search_fields = (
        "=link__outlook_id",
        "=link__salesforce_id",
        "link__mailbox__address",
        "reason",
    )
    date_hierarchy = "at"
    exclude = ("losing_value", "winning_value")
    readonly_fields = ("lost", "won")

    @admin.display(ordering="link__mailbox__address")
    def mailbox(self, row: Conflict) -> str:
        """Return whose event it is."""
        return str(row.link.mailbox)

    @admin.display
    def lost(self, row: Conflict) -> SafeString:
        """Return the value that lost."""
        return values_of(_kind_of_link(row.link) | (row.losing_value or {}))

    @admin.display
    def won(self, row: Conflict) -> SafeString:
        """Return the value that won."""
        return values_of(_kind_of_link(row.link) | (row.winning_value or {}))


def _kind(row: Intent) -> dict[str, object]:
    """Return how private the event is; a write of some fields does not say it itself."""
    return _kind_of_link(row.link)


def _kind_of_link(link: Link) -> dict[str, object]:
    kind = link.base_outlook.get("sensitivity", "normal")
    return {"sensitivity": kind} if kind != "normal" else {}
