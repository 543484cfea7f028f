"""Runs."""

from django.contrib import admin

from sync.admin.links import IntentInline
from sync.admin.reading_only import ReadOnlyAdmin
from sync.models import Run


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at", "mailbox", "kind", "mode", "state", "considered", "created", "updated", "deleted",
        "problems", "seconds", "error",
    )  # fmt: skip
    list_filter = (
        "state", "kind", "mode", ("mailbox__organization", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("mailbox",)
    search_fields = ("mailbox__address", "mailbox__user__username", "error")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    inlines = (IntentInline,)

    @admin.display(description="seconds")
    def seconds(self, row: Run) -> str:
        """Return how long it took."""
        if row.finished_at is None:
            return "-"
        return f"{(row.finished_at - row.started_at).total_seconds():.1f}"
