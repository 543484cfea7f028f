"""Who works in the admin.  Superusers alone decide that: whoever edits staff could make themselves one."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from linkpoint.accounts.admin.scoping import sees_everything
from linkpoint.accounts.models import StaffMember

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _UserAdmin = UserAdmin[StaffMember]
else:
    _ModelAdmin = admin.ModelAdmin
    _UserAdmin = UserAdmin


class SuperusersOnly(_ModelAdmin):
    """Admin of something that only superusers may see."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_everything(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_everything(request)


@admin.register(StaffMember)
class StaffMemberAdmin(SuperusersOnly, _UserAdmin):
    list_display = (
        "username",
        "email",
        "organization",
        "is_staff",
        "is_superuser",
        "is_active",
        "last_login",
    )
    list_filter = (
        "is_superuser",
        "is_staff",
        "is_active",
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("organization",)
    search_fields = ("username", "email", "first_name", "last_name")
    raw_id_fields = ("organization",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (
            "Organization",
            {"fields": ("organization",), "description": "Staff see this organization only."},
        ),
    )
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        ("Organization", {"fields": ("organization", "is_staff")}),
    )


admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(SuperusersOnly, GroupAdmin):
    pass


admin.site.site_header = "LinkPoint"
admin.site.site_title = "LinkPoint"
admin.site.index_title = "Administration"
