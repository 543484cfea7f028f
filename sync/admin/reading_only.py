"""What is common to the admin of history: it can be looked at and searched, never changed."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from linkpoint.accounts.admin.scoping import ScopedAdmin

if TYPE_CHECKING:
    _Inline = admin.TabularInline[Any, Any]
else:
    _Inline = admin.TabularInline

_PRIVATE = "Private: time only"
_TEXTS = ("subject", "location", "description")


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that only the engine writes."""

    organization_path = "mailbox__organization"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(_Inline):
    """Rows of history below the row that they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def values_of(fields: Any) -> SafeString:
    """Return fields of an event, one a line; texts of a private one are left out, long texts of others too."""
    if not isinstance(fields, dict) or not fields:
        return format_html("{}", "-")
    hidden = fields.get("sensitivity", "normal") != "normal"
    kept = {
        name: value
        for name, value in fields.items()
        if name != "description" and not (hidden and name in _TEXTS)
    }
    text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True)
    return format_html("<pre>{}</pre>", f"{_PRIVATE}\n{text}" if hidden else text)


def subject_of(fields: Any) -> str:
    """Return what an event may be called in a list."""
    if not isinstance(fields, dict):
        return "-"
    if fields.get("sensitivity", "normal") != "normal":
        return _PRIVATE
    return str(fields.get("subject") or "-")
