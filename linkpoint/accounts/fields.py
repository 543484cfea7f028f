"""A text field that is encrypted at rest with the keys of ``FIELD_KEYS`` (newest first, rotating)."""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """Text that the database only sees encrypted; empty text stays empty.

    Raises:
        ImproperlyConfigured: on reading, when no key of ``FIELD_KEYS`` fits the stored value.
    """

    def get_prep_value(self, value: str | None) -> str | None:
        """Encrypt with the newest key."""
        return _cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """Decrypt with whichever key fits."""
        if not value:
            return value
        try:
            return _cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored credential fits none of FIELD_KEYS. Put the key it was written with back at the end."
            ) from None
