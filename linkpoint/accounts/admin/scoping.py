"""Staff of one organization see and change the rows of that organization and no others."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from linkpoint.accounts.models import Organization, StaffMember

M = TypeVar("M", bound=models.Model)

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


def sees_everything(request: HttpRequest) -> bool:
    """Tell whether the visitor is a superuser."""
    return bool(request.user.is_superuser)


def organization_of_staff(request: HttpRequest) -> Organization | None:
    """Return the one organization whose staff the visitor is; None also for staff of none."""
    return request.user.organization if isinstance(request.user, StaffMember) else None


def within(queryset: models.QuerySet[M], request: HttpRequest, path: str) -> models.QuerySet[M]:
    """Return the rows the visitor may see.

    Args:
        queryset: Rows of any model.
        request: Whose.
        path: Lookup from a row to its organization; ``pk`` for organizations themselves.
    """
    if sees_everything(request):
        return queryset
    mine = organization_of_staff(request)
    # Staff who belong nowhere see nothing: forgetting the organization must not open all of them.
    return queryset.filter(**{path: mine.pk}) if mine else queryset.none()


class ScopedAdmin(_ModelAdmin):
    """Admin of a model whose rows belong to an organization; ``organization_path`` leads there."""

    organization_path = "organization"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the visitor's rows."""
        return within(super().get_queryset(request), request, self.organization_path)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and accept, rows of the visitor's organization only."""
        target: Any = db_field.related_model
        if target is Organization or _has_organization(target):
            path = "pk" if target is Organization else "organization"
            rows = target._default_manager.all()  # noqa: SLF001  # Django's documented interface
            kwargs["queryset"] = within(rows, request, path)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let nobody move a row into another organization: what hangs on it would stay behind."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "organization") if obj and _has_organization(self.model) else fixed

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Answer no filter in an address about a column that no page shows; it would tell the text letter by letter."""
        hidden = lookup.partition("__")[0] in (self.exclude or ())
        return not hidden and super().lookup_allowed(lookup, value, request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Leave the filter by organization out where there is only one."""
        filters = super().get_list_filter(request)
        if sees_everything(request):
            return filters
        return [each for each in filters if _filtered_field(each) != "organization"]


def _has_organization(model: type[models.Model]) -> bool:
    return any(field.name == "organization" for field in model._meta.fields)  # noqa: SLF001  # Django's documented interface


def _filtered_field(entry: object) -> object:
    return entry[0] if isinstance(entry, tuple) else entry
