"""One event as its card and its panel show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from linkpoint.accounts.models import User
from sync.core.item import OutlookItem, Person
from sync.core.mapping import NO_SUBJECT
from sync.core.scope import Considered, Verdict, explain, mode_verdict, stopped
from sync.core.settings import Policy
from sync.models import OutlookSeen
from sync.store.rows import outlook_item
from sync.web import words
from sync.web.badges import Badge, badge_of, badge_of_deleted, may_record, overrides
from sync.web.reading import Seen
from sync.web.week import AllDay, Timed
from sync.web.words import Clock


@dataclass(frozen=True, slots=True)
class Rules:
    """What every card of one person is judged by."""

    policy: Policy
    clock: Clock
    now: datetime
    mode: Verdict
    root: str = ""  # address of the screen; asking for the address of each event would cost more than drawing it

    @classmethod
    def of(cls, person: User, policy: Policy, now: datetime) -> "Rules":
        """Return the rules of one person at one moment."""
        return cls(policy, Clock.of(person), now, mode_verdict(policy), reverse("calendar"))


@dataclass(frozen=True, slots=True)
class Card:
    """One event.

    Attributes:
        pk: Of its row; stands in addresses in the place of Outlook's own id.
        address: Of its panel.
        hidden: Private, and its text is none of our business: time only.
        can_record: Record is offered.
        anyway: Recording goes against a rule that a person may overrule; offered in the panel only.
        gone: It was recorded and then deleted in Outlook.
        past: It is over.
        moving: Its state is about to change by itself, within seconds.
    """

    pk: int
    address: str
    item: OutlookItem
    badge: Badge
    title: str
    hidden: bool
    sub: str
    elsewhere: str
    can_record: bool
    anyway: bool
    gone: bool
    past: bool
    moving: bool
    salesforce_id: str
    spot: Timed | AllDay | None

    @property
    def shows_record(self) -> bool:
        """Tell whether the card itself offers Record."""
        return self.can_record and not self.anyway

    @property
    def record_word(self) -> str:
        """Return what the button says."""
        if self.badge.name == "error":
            return "Try again"
        return "Record anyway" if self.anyway else "Record"

    @property
    def record_icon(self) -> str:
        """Return the icon of the button."""
        return "refresh" if self.badge.name == "error" else "add"


def card_of(seen: Seen, rules: Rules) -> Card:
    """Return the card of an event."""
    row, item = seen.row, outlook_item(seen.row)
    verdicts = explain(Considered(item, rules.policy, rules.now))
    requested = verdicts
    if stopped(verdicts) is not None:
        requested = explain(Considered(item, rules.policy, rules.now, requested=True))
    gone = row.state == OutlookSeen.State.GONE
    badge = badge_of(item, seen.standing, verdicts, rules.policy)
    if gone:
        badge = badge_of_deleted(seen.standing)
    hidden = row.is_private and rules.policy.text("private") != "full_and_private"
    spot = _spot(seen)
    return Card(
        pk=row.pk,
        address=f"{rules.root}events/{row.pk}/",
        item=item,
        badge=badge,
        title="Private" if hidden else str(item.fields.get("subject") or NO_SUBJECT),
        hidden=hidden,
        sub="" if hidden else _sub(item),
        elsewhere=_elsewhere(spot, item, rules.clock),
        can_record=not gone and may_record(item, badge, rules.mode, requested),
        anyway=overrides(requested),
        gone=gone,
        past=_is_past(spot, rules),
        moving=badge.name == "waiting" and seen.standing.moving,
        salesforce_id=(seen.link.salesforce_id or "") if seen.link else "",
        spot=spot,
    )


def when(card: Card, clock: Clock) -> str:
    """Return from when to when, in words."""
    if isinstance(card.spot, AllDay):
        return f"{words.days(card.spot.first, card.spot.last)}, all day"
    return (
        clock.span(card.spot.start, card.spot.end)
        if card.spot
        else "At a time that could not be read"
    )


def others(item: OutlookItem) -> Sequence[Person]:
    """Return who takes part: organizer first, each once, no rooms."""
    people = [item.organizer] if item.organizer else []
    people += [person for person in item.attendees if person.kind != "resource"]
    return list({person.address: person for person in reversed(people)}.values())[::-1]


def _spot(seen: Seen) -> Timed | AllDay | None:
    row = seen.row
    if row.first_day and row.last_day:
        return AllDay(row.pk, row.first_day, row.last_day)
    if row.starts_at and row.ends_at:
        return Timed(row.pk, row.starts_at, row.ends_at)
    return None


def _is_past(spot: Timed | AllDay | None, rules: Rules) -> bool:
    if isinstance(spot, AllDay):
        return spot.last < rules.clock.local(rules.now).date()
    return spot is not None and spot.end < rules.now


def _elsewhere(spot: Timed | AllDay | None, item: OutlookItem, clock: Clock) -> str:
    return words.elsewhere(spot.start, item.zone, clock) if isinstance(spot, Timed) else ""


def _sub(item: OutlookItem) -> str:
    """Return the second line: where, and how many take part."""
    place = str(item.fields.get("location") or "").split("\n")[0].strip()
    if not place and item.is_online_meeting:
        place = "Online"
    people = len(others(item))
    parts = [place, f"{people} people" if people > 1 else ""]
    return " · ".join(part for part in parts if part)
