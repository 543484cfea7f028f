"""What a person asks for on a screen: record an event, decide about a deleted one, read the calendar now."""

from uuid import UUID

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from linkpoint.accounts.models import Mailbox, User
from linkpoint.accounts.sessions import PersonRequest, person_required
from sync import jobs
from sync.core.scope import Verdict
from sync.models import Conflict, Link
from sync.web import reading
from sync.web.bars import bars_of
from sync.web.moments import BadDay, day_of, mailbox_of, person_rules
from sync.web.week import monday_of
from sync.web.weekview import week_view
from sync.wiring.recording import ask_to_record

_CHOICES = ("delete", "keep")


def first_read(mailbox: Mailbox) -> None:
    """Let a worker read the calendar for the first time; asking again while it waits does nothing."""
    jobs.enqueue_sync(mailbox.pk, "interactive")


@person_required
@never_cache
@require_POST
def record(request: PersonRequest, pk: int) -> HttpResponse:
    """Remember that this event is to be recorded, let a worker do it, and show it waiting.

    A second click, a second tab or a lost answer change nothing: there is one link an event.
    """
    person = request.person
    mailbox = mailbox_of(person)
    row = reading.outlook_id_of(mailbox, pk) if mailbox else None
    if mailbox is None or row is None:
        return _cards(
            request, pk, notice="This event is not in your calendar any more. Nothing was recorded."
        )
    refusal = ask_to_record(person, [row])[row]
    if refusal is None:
        jobs.enqueue_record(mailbox.pk, row)
        _welcome(person)
    return _cards(request, pk, notice=_refused(refusal))


@person_required
@never_cache
@require_GET
def card(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the state of one event again; asked for by its own card while it waits."""
    return _cards(request, pk)


@person_required
@never_cache
@require_POST
def decide(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """Settle whether an event that is gone from Outlook is deleted in Salesforce or kept there."""
    mailbox = mailbox_of(request.person)
    choice = request.POST.get("choice", "")
    if choice not in _CHOICES:
        return HttpResponse("choice: say delete or keep.", status=400, content_type="text/plain")
    asked = Conflict.objects.filter(
        link=link_id, link__mailbox=mailbox, field="deleted", state=Conflict.State.OPEN
    )
    if mailbox is None or not asked.exists():
        return render(request, "calendar/panel_gone.html")
    Link.objects.filter(pk=link_id, mailbox=mailbox, state=Link.State.CONFLICT).update(
        decided=choice, touched=F("touched") + 1
    )
    jobs.enqueue_sync(mailbox.pk, "interactive")
    return render(request, "calendar/panel_decided.html", {"choice": choice})


@person_required
@never_cache
@require_POST
def read(request: PersonRequest) -> HttpResponse:
    """Let a worker read the calendar now, since a person does not want to wait for the next time."""
    mailbox = mailbox_of(request.person)
    if mailbox is not None:
        jobs.enqueue_sync(mailbox.pk, "interactive")
    return render(request, "calendar/notice.html", {"notice": "Your calendar is read again now."})


@person_required
@never_cache
@require_POST
def pause(request: PersonRequest) -> HttpResponse:
    """Let one's own sync rest until it is resumed, or end that rest."""
    person, now = request.person, timezone.now()
    deed, mailbox = request.POST.get("do", ""), mailbox_of(person)
    if deed not in ("pause", "resume"):
        return HttpResponse("do: say pause or resume.", status=400, content_type="text/plain")
    if deed == "pause":
        person.pause()
    else:
        person.resume()
    person.save(update_fields=["paused", "paused_until"])
    if mailbox is None:
        return HttpResponse(status=204)
    if deed == "resume":
        jobs.enqueue_sync(mailbox.pk, "interactive")
    bars = bars_of(person, mailbox, person_rules(person, now))
    notice = (
        "Paused. Nothing is read or updated until you resume it; nothing is lost. Record still works."
        if deed == "pause"
        else "Resumed. What changed meanwhile follows now."
    )
    return render(request, "calendar/paused.html", {"bars": bars, "notice": notice})


@person_required
@never_cache
@require_POST
def welcomed(request: PersonRequest) -> HttpResponse:
    """Take the welcome away for good."""
    _welcome(request.person)
    return HttpResponse("")


def _welcome(person: User) -> None:
    if person.welcomed_at is None:
        User.objects.filter(pk=person.pk, welcomed_at=None).update(welcomed_at=timezone.now())


def _refused(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    way_out = f" It can be recorded after: {verdict.would_change}" if verdict.would_change else ""
    return f"Not recorded. {verdict.reason}{way_out}"


def _cards(request: PersonRequest, pk: int, *, notice: str = "") -> HttpResponse:
    """Answer the parts of one event in the week that the page shows; the parts replace those of the page."""
    person, now = request.person, timezone.now()
    mailbox = mailbox_of(person)
    rules = person_rules(person, now)
    try:
        day = day_of(request.GET.get("day"), rules.clock.local(now).date())
    except BadDay as bad:
        return HttpResponse(str(bad), status=400, content_type="text/plain")
    week = week_view(mailbox, monday_of(day), rules) if mailbox else None
    parts = week.parts_of(pk) if week else []
    if parts and parts[0].card.moving and request.GET.get("was") == parts[0].card.badge.name:
        return HttpResponse(status=204)  # as the page shows it: it asks again
    return render(request, "calendar/cards.html", {"week": week, "parts": parts, "notice": notice})
