"""The two connection cards: what they say, from what we know, without asking anybody."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils import timezone

from linkpoint.accounts.checks import KEY_CHECK, MAKE_KEY_FIELD, Check, first_failure
from linkpoint.accounts.connect.outlook import tenant_for
from linkpoint.accounts.models import Mailbox, User
from linkpoint.accounts.zones import known_zones

Service = Literal["salesforce", "outlook"]
SERVICES: tuple[Service, ...] = ("outlook", "salesforce")

Tag = Literal["ok", "bad", "off"]


@dataclass(frozen=True, slots=True)
class Card:
    """One card.

    Attributes:
        tag: ``ok`` works, ``bad`` needs somebody, ``off`` not connected.
        sentence: The cause in bold, if there is one; ``rest`` is what happened to the data and the way out.
        connect: Words of the button that starts a sign-in; empty if there is none.
        can_test: There is something to test.
        can_disconnect: The person may end it.
        tested: When it was last tested, in the person's zone; empty if it was not.
        checks: Results of a live test that was just made.
        notes: What else failed, each with its way out; it works all the same.
        account: Whose it is, while it is connected.
        mark: Changes when the connection does.
    """

    service: Service
    title: str
    tag: Tag
    words: str
    sentence: str = ""
    rest: str = ""
    connect: str = ""
    can_test: bool = False
    can_disconnect: bool = False
    tested: str = ""
    checks: Sequence[Check] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
    account: str = ""
    mark: str = ""

    @property
    def passed(self) -> int:
        """Return how many checks passed."""
        return sum(check.ok is True for check in self.checks)


def card_of(user: User, service: Service, checks: Sequence[Check] = ()) -> Card:
    """Return one card of a user, with the results of a live test if one was just made."""
    return _outlook(user, checks) if service == "outlook" else _salesforce(user, checks)


def cards_of(user: User) -> list[Card]:
    """Return both cards of a user."""
    return [card_of(user, service) for service in SERVICES]


def _salesforce(user: User, checks: Sequence[Check]) -> Card:
    by_key = bool(user.organization.jwt_private_key)
    mark = _mark(user.refresh_token, user.salesforce_problem, by_key)
    if not user.refresh_token and not by_key:
        return Card(
            "salesforce",
            "Salesforce",
            "off",
            "Not connected",
            "LinkPoint may not work in Salesforce for you yet.",
            "Connect it once; then recording goes on while this page is closed.",
            connect="Connect Salesforce",
            mark=mark,
        )
    problem, rest = _trouble(user.salesforce_problem, checks)
    words: tuple[Tag, str] = (
        ("bad", "Needs you") if problem else ("ok", _tested(user.salesforce_checked_at))
    )
    return Card(
        "salesforce",
        "Salesforce",
        *words,
        problem,
        rest,
        connect="Connect Salesforce" if problem else "",
        can_test=True,
        can_disconnect=bool(user.refresh_token),
        tested=_when(user, user.salesforce_checked_at),
        checks=checks,
        notes=_notes(checks) or _field_note(user),
        account=user.username,
        mark=mark,
    )


def _outlook(user: User, checks: Sequence[Check]) -> Card:
    mailbox: Mailbox | None = getattr(user, "mailbox", None)
    if mailbox is None:
        return _without_mailbox(user)
    mark = _mark(mailbox.graph_user_id, mailbox.state, mailbox.access, mailbox.problem)
    if mailbox.state == Mailbox.State.SUSPENDED:
        sentence = mailbox.problem or "Outlook is disconnected."
        rest = "Nothing is read. What was recorded stays in Salesforce."
        return Card(
            "outlook",
            "Outlook",
            "off",
            "Disconnected",
            sentence,
            rest,
            "Sign in to Microsoft",
            mark=mark,
        )
    problem, rest = _trouble(mailbox.problem, checks)
    is_own = mailbox.access == Mailbox.Access.DELEGATED
    words: tuple[Tag, str] = ("bad", "Needs you" if is_own else "Needs your administrator")
    return Card(
        "outlook",
        "Outlook",
        *(words if problem else ("ok", _tested(mailbox.checked_at))),
        problem,
        rest,
        connect="Sign in to Microsoft" if problem else "",
        can_test=True,
        can_disconnect=True,
        tested=_when(user, mailbox.checked_at),
        checks=checks,
        notes=_notes(checks),
        account=mailbox.address,
        mark=mark,
    )


def _without_mailbox(user: User) -> Card:
    if tenant_for(user) is None:
        sentence = "Your organization has not connected Microsoft 365 yet."
        rest = "Your administrator can connect it; then you sign in here."
        return Card(
            "outlook", "Outlook", "off", "Not connected", sentence, rest, mark=_mark("none")
        )
    sentence = "LinkPoint does not know your mailbox yet."
    rest = "Sign in to Microsoft once. LinkPoint reads one calendar and writes nothing to it."
    return Card(
        "outlook",
        "Outlook",
        "off",
        "Not connected",
        sentence,
        rest,
        "Sign in to Microsoft",
        mark=_mark("none"),
    )


def _trouble(kept: str, checks: Sequence[Check]) -> tuple[str, str]:
    """Return cause and way out: of the test that was just made, else of what is remembered."""
    # Without the key field recording still works, only with more calls.
    failure = first_failure([check for check in checks if check.name != KEY_CHECK])
    if failure is not None:
        return failure.detail[:1].upper() + failure.detail[1:], failure.next
    rest = "Nothing was lost: changes made since then are picked up when it works again."
    return (kept, rest) if kept else ("", "")


def _notes(checks: Sequence[Check]) -> list[str]:
    """Return every failure with a cause of its own but the one that stands above the list."""
    failed = [check for check in checks if check.ok is False]
    above = first_failure([check for check in failed if check.name != KEY_CHECK])
    said = {above.detail} if above else set()
    notes = []
    for each in failed:
        if each.detail not in said:
            said.add(each.detail)
            notes.append(f"{each.name}: {each.detail.rstrip('.')}. {each.next}")
    return notes


def _field_note(user: User) -> list[str]:
    """Return the advice about the key field, if a test has found that it is missing."""
    is_known = user.salesforce_checked_at is not None and not user.salesforce_problem
    missing = is_known and not user.organization.has_key_field
    return [f"{KEY_CHECK}: not ready. {MAKE_KEY_FIELD}"] if missing else []


def _tested(checked_at: datetime | None) -> str:
    return "Works" if checked_at else "Connected"


def _when(user: User, moment: datetime | None) -> str:
    """Return a moment as people of this zone read it: the time today, else the day too."""
    if moment is None:
        return ""
    mailbox: Mailbox | None = getattr(user, "mailbox", None)
    name = mailbox.time_zone if mailbox else user.time_zone
    zone = ZoneInfo(name) if name in known_zones() else UTC
    local = moment.astimezone(zone)
    is_today = local.date() == timezone.now().astimezone(zone).date()
    return f"{local:%H:%M}" if is_today else f"{local:%a} {local.day} {local:%b, %H:%M}"


def _mark(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]
