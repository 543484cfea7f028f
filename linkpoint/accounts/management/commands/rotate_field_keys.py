"""Encrypt everything stored with the newest key of FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction

from linkpoint.accounts.commands import OperatorCommand, Outcome, table
from linkpoint.accounts.fields import EncryptedTextField
from linkpoint.accounts.refusal import NotDone


class Command(OperatorCommand):
    """``manage.py rotate_field_keys``."""

    help = "Encrypt all stored credentials with the first key of FIELD_KEYS; older keys can go after that."

    def act(self, **options: Any) -> Outcome:
        counts = {
            model._meta.label: _rotate(model, names)  # noqa: SLF001  # Django's documented interface
            for model in apps.get_models()
            if (names := _encrypted_fields(model))
        }
        lines = table(("rows", "of"), [(count, name) for name, count in counts.items()])
        return Outcome({"rotated": counts}, lines)


def _encrypted_fields(model: type[models.Model]) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001  # Django's documented interface
    return [field.name for field in fields if isinstance(field, EncryptedTextField)]


def _rotate(model: type[models.Model], names: list[str]) -> int:
    """Write each row's encrypted fields again, one row at a time so that nobody waits; return how many rows."""
    rows = model._default_manager.order_by("pk")  # noqa: SLF001  # Django's documented interface
    count = 0
    for key in rows.values_list("pk", flat=True):
        with transaction.atomic():
            try:
                # Locked, so that a token that is saved meanwhile is not overwritten.
                row = rows.select_for_update().filter(pk=key).first()
            except ImproperlyConfigured as error:
                way = "Put the key it was written with at the end of FIELD_KEYS and run this again."
                raise NotDone(str(error), field="FIELD_KEYS", way=way) from None
            if row is not None:
                row.save(update_fields=names)
                count += 1
    return count
