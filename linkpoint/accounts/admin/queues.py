"""The dashboard of the job queues, for superusers: jobs of all organizations stand there side by side."""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import django_rq
from csp.decorators import csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django_rq.admin import QueueAdmin
from django_rq.models import Dashboard

from linkpoint.accounts.admin.scoping import sees_everything

_INLINE = re.compile(r"<(script|style)(?:\s[^>]*)?>(.*?)</\1>", re.DOTALL)


class QueuesAdmin(QueueAdmin):
    """The package's own dashboard, behind a narrower door."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """Return the dashboard's addresses, each for superusers only (the package lets all staff in)."""
        theirs: list[Any] = super().get_urls()  # type: ignore[no-untyped-call]  # the package's own
        return [
            URLPattern(each.pattern, _for_superusers(each.callback), each.default_args, each.name)
            for each in theirs
        ]


def _for_superusers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    # django-csp is typed for views without arguments.
    narrow: Any = csp_update(_hashes())

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not sees_everything(request):
            raise PermissionDenied
        response: HttpResponse = narrow(view)(request, *args, **kwargs)
        return response

    return guarded


@cache
def _hashes() -> dict[str, list[str]]:
    """Return CSP sources for the inline blocks of the package's templates.

    Taken from the files as shipped, so that a block somebody smuggles into a page still does not run.
    """
    sources: dict[str, dict[str, None]] = {"script-src": {}, "style-src": {}}
    folder = Path(django_rq.__file__).parent / "templates" / "django_rq"
    for file in sorted(folder.glob("*.html")):
        for kind, text in _INLINE.findall(file.read_text()):
            if text.strip() and "{" + "{" not in text and "{%" not in text:
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                sources[f"{kind}-src"][f"'sha256-{digest}'"] = None
    return {directive: list(hashes) for directive, hashes in sources.items()}


if admin.site.is_registered(Dashboard):
    admin.site.unregister(Dashboard)
admin.site.register(Dashboard, QueuesAdmin)
