"""What every screen begins with: whose it is, by which rules, and which day is asked for."""

from datetime import date, datetime

from linkpoint.accounts.models import Mailbox, User
from sync.models import PolicyValue
from sync.web.cards import Rules

_FIRST_YEAR, _LAST_YEAR = 1990, 2100


class BadDay(ValueError):
    """The address names a day that is none; the message says what fits."""


def person_rules(person: User, now: datetime) -> Rules:
    """Return what the events of a person are judged by (one query)."""
    return Rules.of(person, PolicyValue.objects.all().policy_of(person), now)


def mailbox_of(person: User) -> Mailbox | None:
    """Return the mailbox of a person, or None while none is connected."""
    return getattr(person, "mailbox", None)


def day_of(text: str | None, today: date) -> date:
    """Return the day that an address asks for; today when it names none.

    Raises:
        BadDay: if it is no day (``2026-11-19``) or week (``2026-W47``) of this time.
    """
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadDay("day: give a day such as 2026-11-19, or a week such as 2026-W47.")
    return found
