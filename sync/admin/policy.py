"""Settings on organizations, profiles and users, checked by the settings table."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from linkpoint.accounts.admin.scoping import ScopedAdmin
from sync.core.settings import SETTINGS, BadValue, SettingValue, from_word
from sync.models import PolicyValue
from sync.wiring.policies import Level, set_state, set_values

_FIXED = ("organization", "level", "profile", "user", "name")

if TYPE_CHECKING:
    _Form = forms.ModelForm[PolicyValue]
else:
    _Form = forms.ModelForm


class PolicyForm(_Form):
    """One setting on one level; the value as a bare word, a number or JSON."""

    name = forms.ChoiceField(
        choices=[(row.name, f"{row.group}: {row.name}") for row in SETTINGS.values()],
    )
    word = forms.CharField(
        label="Value",
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        required=False,
        help_text="A word or number as the settings list them, or JSON for lists.",
    )

    class Meta:
        model = PolicyValue
        fields = ("organization", "level", "profile", "user", "name", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            value = self.instance.value
            self.initial["word"] = value if isinstance(value, str) else json.dumps(value)
            setting = SETTINGS[self.instance.name]
            allowed = f" One of: {', '.join(map(str, setting.allowed))}." if setting.allowed else ""
            self.fields["word"].help_text = setting.help + allowed

    def clean(self) -> dict[str, Any]:
        """Check the value by the table, and the level by what it names."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        if self.instance.pk:  # where it is set is shown, and not sent again
            cleaned |= {name: getattr(self.instance, name) for name in _FIXED}
        self.require_one_target(cleaned)
        try:
            cleaned["value"] = from_word(cleaned["name"], cleaned["word"])
            with transaction.atomic():
                self.apply(cleaned)
                transaction.set_rollback(True)
        except BadValue as refusal:
            field, _, why = str(refusal).partition(": ")
            self.add_error("word" if field == cleaned["name"] else None, why or str(refusal))
        return cleaned

    def require_one_target(self, cleaned: dict[str, Any]) -> None:
        """Refuse a level whose target is missing, too many, or of another organization."""
        level = cleaned["level"]
        for name in ("profile", "user"):
            target = cleaned.get(name)
            if (target is None) != (level != name):
                need = f"Name the {name}." if level == name else f"Leave it empty on level {level}."
                raise forms.ValidationError({name: need})
            if target is not None and target.organization_id != cleaned["organization"].pk:
                raise forms.ValidationError({name: "This belongs to another organization."})
        allowed = SETTINGS[cleaned["name"]].levels
        if level not in allowed:
            raise forms.ValidationError({"level": "It can be set on: " + ", ".join(allowed) + "."})

    def apply(self, cleaned: dict[str, Any]) -> Level:
        """Set the value and its state, and let the mailboxes follow.

        Raises:
            BadValue: It is bound further up, or does not fit.
        """
        level = Level(cleaned["organization"], cleaned["profile"], cleaned["user"])
        value: SettingValue = cleaned["value"]
        set_values(level, {cleaned["name"]: value})
        if level.name != "user":
            set_state(level, [cleaned["name"]], cleaned["state"])
        elif cleaned["state"] != "default":
            raise BadValue("state: a user's own setting cannot be locked or hidden.")
        return level


@admin.register(PolicyValue)
class PolicyValueAdmin(ScopedAdmin):
    form = PolicyForm
    list_display = ("name", "level", "target", "shown_value", "state", "changed_at")
    list_filter = (
        "level", "state", "name", ("organization", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("organization", "profile", "user")
    search_fields = ("name", "user__username", "profile__name", "organization__name")
    autocomplete_fields = ("profile", "user")
    fieldsets = (
        (None, {"fields": ("organization", "level", "profile", "user")}),
        ("Setting", {"fields": ("name", "word", "state")}),
    )

    @admin.display
    def target(self, row: PolicyValue) -> str:
        """Return for whom it is set."""
        return str(row.user or row.profile or row.organization)

    @admin.display(description="value")
    def shown_value(self, row: PolicyValue) -> str:
        """Return the value as it is typed."""
        return row.value if isinstance(row.value, str) else json.dumps(row.value)

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyValue | None = None) -> Any:
        return _FIXED if obj else ()

    def save_model(self, request: HttpRequest, obj: PolicyValue, form: Any, change: bool) -> None:
        level = form.apply(form.cleaned_data)
        row = level.rows().get(name=form.cleaned_data["name"])
        obj.pk, obj.value = row.pk, row.value

    def delete_model(self, request: HttpRequest, obj: PolicyValue) -> None:
        """Take the value away; what is shipped comes first, so that mailboxes follow either way."""
        with transaction.atomic():
            level = Level(obj.organization, obj.profile, obj.user)
            set_values(level, {obj.name: SETTINGS[obj.name].default})
            obj.delete()
            set_values(level, {})

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)
