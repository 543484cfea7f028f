"""The Side Panel: one event in full, why it is or is not in Salesforce, what was written, and questions about it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linkpoint.accounts.models import Mailbox, Organization, User
from linkpoint.accounts.sessions import PersonRequest, person_required
from sync.core.scope import OVERRIDDEN, PASS, Considered, Verdict, explain
from sync.models import Link, OutlookSeen
from sync.web import reading
from sync.web.cards import Card, Rules, card_of, others, when
from sync.web.history import days_and_times, history_of
from sync.web.moments import BadDay, day_of, mailbox_of, person_rules
from sync.web.reading import Seen
from sync.web.strip import title_of
from sync.web.week import AllDay, monday_of
from sync.web.weekview import week_view

_SHOW_AS = {
    "free": "Free",
    "tentative": "Tentative",
    "busy": "Busy",
    "oof": "Away",
    "workingElsewhere": "Working elsewhere",
}
_ANSWERS = {
    "organizer": "You organize it",
    "accepted": "You accepted",
    "tentative": "You accepted tentatively",
    "declined": "You declined",
    "none": "You have not answered",
}
_KINDS = {
    "occurrence": "One meeting of a series",
    "exception": "One meeting of a series, changed",
}
_LONGEST_TEXT_CHARS = 2000
_MOST_PEOPLE = 25


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule of Why?; ``css`` is ``ok``, ``no`` or ``skip``."""

    css: str
    text: str
    would_change: str = ""


def event_of(person: User, pk: int) -> tuple[Mailbox, Seen]:
    """Return one event of this person's mailbox.

    Raises:
        Http404: if there is none of this number in it.
    """
    mailbox = mailbox_of(person)
    seen = reading.event(mailbox, pk) if mailbox else None
    if mailbox is None or seen is None:
        raise Http404("This event is not in your calendar any more.")
    return mailbox, seen


@person_required
@never_cache
@require_GET
def event(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one event."""
    person, now = request.person, timezone.now()
    try:
        mailbox, seen = event_of(person, pk)
    except Http404:
        return render(request, "calendar/panel_gone.html", status=200)
    rules = person_rules(person, now)
    card = card_of(seen, rules)
    if card.gone and card.badge.name == "conflict" and seen.link is not None:
        return _about_link(request, mailbox, seen.link, rules)
    description = "" if card.hidden else str(card.item.fields.get("description") or "")
    people = [] if card.hidden else others(card.item)
    return render(
        request,
        "calendar/panel.html",
        {
            "card": card,
            "when": when(card, rules.clock),
            "city": rules.clock.city,
            "facts": _facts(card),
            "place": "" if card.hidden else card.item.fields.get("location"),
            "people": people[:_MOST_PEOPLE],
            "more_people": max(0, len(people) - _MOST_PEOPLE),
            "description": description[:_LONGEST_TEXT_CHARS],
            "cut": len(description) > _LONGEST_TEXT_CHARS,
            "reasons": _reasons(card, rules, seen.link),
            "mode_refuses": "" if rules.mode.outcome == PASS else rules.mode.reason,
            "mode_change": rules.mode.would_change,
            "link": seen.link,
            "problem": seen.link.problem if seen.link else "",
            "recorded_at": _recorded_at(seen.link, rules),
            "history": history_of(seen.link, rules.clock, now) if seen.link else [],
            "salesforce_url": salesforce_url(person.organization, card.salesforce_id),
            "outlook_url": "" if card.gone else web_address(card.item.web_link),
            "monday": _monday(card, rules),
            "record_category": rules.policy.text("record_category"),
        },
    )


@person_required
@never_cache
@require_GET
def link(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """Show what needs a person about one event, also when it is gone from Outlook."""
    person, now = request.person, timezone.now()
    mailbox = mailbox_of(person)
    found = reading.links_of(mailbox).filter(pk=link_id).first() if mailbox else None
    if mailbox is None or found is None:
        return render(request, "calendar/panel_gone.html")
    return _about_link(request, mailbox, found, person_rules(person, now))


def _about_link(
    request: PersonRequest, mailbox: Mailbox, found: Link, rules: Rules
) -> HttpResponse:
    row = reading.subjects(mailbox, [found]).get(found.outlook_id or "")
    question = reading.open_questions(mailbox, [found]).get(str(found.pk))
    return render(
        request,
        "calendar/panel_link.html",
        {
            "link": found,
            "title": title_of(row, found),
            "when": days_and_times(found, rules.clock),
            "city": rules.clock.city,
            "question": question,
            "is_deleted": question is not None and question.field == "deleted",
            "pk": row.pk if row is not None else None,
            "row": row if row is not None and row.state == OutlookSeen.State.LIVE else None,
            "history": history_of(found, rules.clock, rules.now),
            "salesforce_url": salesforce_url(
                request.person.organization, found.salesforce_id or ""
            ),
        },
    )


@person_required
@never_cache
@require_GET
def day(request: PersonRequest, day: str) -> HttpResponse:
    """List all events of one day."""
    person = request.person
    mailbox = mailbox_of(person)
    rules = person_rules(person, timezone.now())
    try:
        wanted = day_of(day, date.min)
    except BadDay as bad:
        return HttpResponse(str(bad), status=400, content_type="text/plain")
    if mailbox is None:
        return render(request, "calendar/panel_gone.html")
    week = week_view(mailbox, monday_of(wanted), rules)
    shown = next((one for one in week.days if one.date == wanted), None)
    return render(request, "calendar/panel_day.html", {"date": wanted, "day": shown, "week": week})


def salesforce_url(organization: Organization, record_id: str) -> str:
    """Return where the Event opens in Salesforce; empty without one."""
    if not record_id:
        return ""
    return f"{organization.instance_url.rstrip('/')}/lightning/r/Event/{record_id}/view"


def web_address(text: str) -> str:
    """Return an address that may stand in a link: https alone; empty otherwise."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme == "https" and parts.hostname else ""


def _facts(card: Card) -> list[str]:
    fields = card.item.fields
    facts = [_SHOW_AS.get(str(fields.get("show_as")), "")]
    if not card.hidden:
        facts += [
            _ANSWERS.get(card.item.my_response, "") if len(others(card.item)) > 1 else "",
            "Online meeting" if card.item.is_online_meeting else "",
            _KINDS.get(card.item.kind.value, ""),
            ", ".join(card.item.categories),
        ]
    return [fact for fact in facts if fact]


def _reasons(card: Card, rules: Rules, link: Link | None) -> list[Reason]:
    asked = link is not None and link.state not in (Link.State.DEAD, Link.State.EXCLUDED)
    verdicts = explain(Considered(card.item, rules.policy, rules.now, requested=asked))
    reasons = [_reason(verdict) for verdict in verdicts]
    return sorted(reasons, key=lambda reason: reason.css == "ok")  # what matters comes first


def _reason(verdict: Verdict) -> Reason:
    css = {PASS: "ok", OVERRIDDEN: "skip"}.get(verdict.outcome, "no")
    return Reason(css, verdict.reason, verdict.would_change)


def _recorded_at(link: Link | None, rules: Rules) -> str:
    return rules.clock.near(link.recorded_at, rules.now) if link and link.recorded_at else ""


def _monday(card: Card, rules: Rules) -> date:
    spot = card.spot
    if isinstance(spot, AllDay):
        return monday_of(spot.first)
    return monday_of(rules.clock.local(spot.start if spot else rules.now).date())
