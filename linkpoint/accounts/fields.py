"""Two kinds of text: encrypted at rest with the keys of ``FIELD_KEYS``, and Salesforce ids with 18 characters."""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models

from linkpoint.salesforce.canvas import to_18

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
    _CharField = models.CharField[str, str]
else:
    _TextField = models.TextField
    _CharField = models.CharField


def cipher() -> MultiFernet:
    """Return what encrypts with the newest key of ``FIELD_KEYS`` and decrypts with any of them."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(_TextField):
    """Text that the database only sees encrypted; empty text stays empty.

    Raises:
        ImproperlyConfigured: on reading, when no key of ``FIELD_KEYS`` fits the stored value.
    """

    def get_prep_value(self, value: str | None) -> str | None:
        """Encrypt with the newest key."""
        return cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """Decrypt with whichever key fits.

        Raises:
            ImproperlyConfigured: None does.
        """
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored credential fits none of FIELD_KEYS. Put the key it was written with back at the end."
            ) from None


def validate_salesforce_id(value: str) -> None:
    """Let only ids pass.

    Raises:
        ValidationError: Neither 15 nor 18 letters and digits.
    """
    try:
        to_18(value)
    except ValueError:
        raise ValidationError("A Salesforce id has 15 or 18 letters and digits.") from None


class SalesforceIdField(_CharField):
    """A Salesforce id, kept with 18 characters and found by either spelling (contracts, 4.1: both occur)."""

    default_validators = [validate_salesforce_id]

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_length"] = 18
        super().__init__(*args, **options)

    def get_prep_value(self, value: str | None) -> str | None:
        """Return the id with 18 characters; what is no id goes on as it is and finds nothing."""
        return _normalised(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001  # Django decides the signature
        """Leave the 18 characters on the object too."""
        value = _normalised(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


def _normalised(value: str | None) -> str | None:
    return (
        to_18(value)
        if isinstance(value, str) and len(value) == 15 and value.isalnum() and value.isascii()
        else value
    )
