"""Inputs for secrets: one can write them, and never read them."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm

LONG = frozenset({"jwt_private_key", "certificate"})
"""Secrets of several lines (PEM)."""


class WriteOnlyTextarea(forms.Textarea):
    """A text area that never shows what is stored, nor what was just typed."""

    def format_value(self, value: Any) -> str | None:  # the widget's interface
        """Return nothing to show."""
        return None


class SecretsForm(_ModelForm):
    """A form whose ``secrets`` are empty inputs; left empty, they keep what is stored."""

    secrets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            self.initial.pop(name, None)
            if name not in self.fields:
                continue
            stored = bool(self.instance.pk and getattr(self.instance, name))
            told = (
                "A value is stored. Leave this empty to keep it."
                if stored
                else "Nothing is stored."
            )
            self.fields[name] = forms.CharField(
                label=self.fields[name].label,
                required=self.fields[name].required and not stored,
                help_text=told,
                widget=_widget(name),
            )

    def clean(self) -> dict[str, Any]:
        """Put back what was left empty."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.secrets:
            if name in self.fields and name not in self.errors and not cleaned.get(name):
                cleaned[name] = getattr(self.instance, name)
        return cleaned


def _widget(name: str) -> forms.Widget:
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    if name in LONG:
        return WriteOnlyTextarea(attrs={**attributes, "rows": 4, "cols": 80})
    return forms.PasswordInput(attrs={**attributes, "autocomplete": "new-password", "size": 60})
