"""Forms of the admin, checked as the operator commands check what they are given."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from linkpoint.accounts.refusal import NotDone
from linkpoint.accounts.zones import iana

T = TypeVar("T")


def checked(check: Callable[[], T]) -> T:
    """Return what the check returns; its refusal becomes the error of the field.

    Raises:
        ValidationError: The check refused.
    """
    try:
        return check()
    except NotDone as refusal:
        raise forms.ValidationError(f"{refusal.message} {refusal.way}") from None


def known_zone(name: str) -> str:
    """Return the IANA name of a zone.

    Raises:
        ValidationError: This machine has no clock for it.
    """
    zone = iana(name)
    if name and not zone:
        raise forms.ValidationError(
            "There is no such time zone. Give a name such as Europe/Berlin."
        )
    return zone
