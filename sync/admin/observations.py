"""What each side was last seen to hold; texts of private events are never shown, bodies of none."""

from django.contrib import admin
from django.utils.safestring import SafeString

from sync.admin.reading_only import ReadOnlyAdmin, subject_of, values_of
from sync.models import OutlookSeen, SalesforceSeen


@admin.register(OutlookSeen)
class OutlookSeenAdmin(ReadOnlyAdmin):
    list_display = (
        "subject", "mailbox", "kind", "starts_at", "first_day", "state", "is_private", "problem", "seen_at",
    )  # fmt: skip
    list_filter = (
        "state", "kind", "is_private", ("problem", admin.EmptyFieldListFilter),
        ("mailbox__organization", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("mailbox",)
    search_fields = ("=outlook_id", "=ical_uid", "mailbox__address")
    ordering = ("-seen_at",)
    exclude = ("fields", "facts")
    readonly_fields = ("what",)

    @admin.display
    def subject(self, row: OutlookSeen) -> str:
        """Return what the event is called."""
        return "Private: time only" if row.is_private else subject_of(row.fields)

    @admin.display
    def what(self, row: OutlookSeen) -> SafeString:
        """Return the fields."""
        return values_of(row.fields)


@admin.register(SalesforceSeen)
class SalesforceSeenAdmin(ReadOnlyAdmin):
    organization_path = "organization"
    list_display = ("subject", "organization", "salesforce_id", "modstamp", "is_deleted", "read_at")
    list_filter = ("is_deleted", ("organization", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("=salesforce_id", "=key", "owner_id")
    ordering = ("-modstamp",)
    exclude = ("fields",)
    readonly_fields = ("what",)

    @admin.display
    def subject(self, row: SalesforceSeen) -> str:
        """Return what the event is called."""
        return subject_of(row.fields)

    @admin.display
    def what(self, row: SalesforceSeen) -> SafeString:
        """Return the fields."""
        return values_of(row.fields)
