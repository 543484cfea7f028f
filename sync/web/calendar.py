"""The Calendar screen: a week of Outlook with the state of each event."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linkpoint.accounts.connect.cards import cards_of
from linkpoint.accounts.models import Mailbox, User
from linkpoint.accounts.sessions import PersonRequest, person_required
from sync.core.settings import Policy
from sync.models import MailboxState
from sync.web import asking, reading
from sync.web.badges import legend
from sync.web.bars import bars_of
from sync.web.cards import Rules
from sync.web.moments import BadDay, day_of, mailbox_of, person_rules
from sync.web.week import monday_of
from sync.web.weekview import WeekView, fingerprint, view_of


@person_required
@never_cache
@require_GET
def calendar(request: PersonRequest) -> HttpResponse:
    """Show the screen, or just the week when that is all that is to be replaced."""
    person, now = request.person, timezone.now()
    mailbox = mailbox_of(person)
    rules = person_rules(person, now)
    if mailbox is None:
        return render(request, "calendar/welcome.html", frame(person, rules))
    try:
        day = day_of(request.GET.get("day"), rules.clock.local(now).date())
    except BadDay as bad:
        return render(request, "calendar/bad_day.html", {"message": str(bad)}, status=400)
    state = reading.state_of(mailbox)
    bars = bars_of(person, mailbox, rules)
    context = frame(person, rules) | {"bars": bars, "mailbox": mailbox}
    if state is None or state.synced_at is None:
        return _unread(request, mailbox, state, context)
    found = reading.events_between(mailbox, monday_of(day), rules.clock)
    context |= week_context(view_of(mailbox, monday_of(day), rules, found), rules.policy)
    context["week_digest"] = fingerprint(found, rules)
    only_week = request.headers.get("HX-Target") == "calendar"
    return render(
        request, "calendar/replaced.html" if only_week else "calendar/screen.html", context
    )


def _unread(
    request: PersonRequest, mailbox: Mailbox, state: MailboxState | None, context: dict[str, Any]
) -> HttpResponse:
    """Say that the calendar is being read, or why it could not be; an empty week would be a lie."""
    if state is None or not state.failures:
        asking.first_read(mailbox)
        return render(request, "calendar/reading.html", context)
    return render(request, "calendar/unread.html", context | {"state": state})


@person_required
@never_cache
@require_GET
def changes(request: PersonRequest) -> HttpResponse:
    """Answer what has changed since the screen was drawn: nothing (204), the bars, the week, or both."""
    person, now = request.person, timezone.now()
    mailbox = mailbox_of(person)
    rules = person_rules(person, now)
    try:
        day = day_of(request.GET.get("day"), rules.clock.local(now).date())
    except BadDay as bad:
        return HttpResponse(str(bad), status=400, content_type="text/plain")
    if mailbox is None:
        return HttpResponse(status=204)
    bars = bars_of(person, mailbox, rules)
    monday = monday_of(day)
    found = reading.events_between(mailbox, monday, rules.clock)
    drawn = fingerprint(found, rules)
    new = {
        "bars_changed": request.GET.get("bars") != bars.digest,
        "week_changed": request.GET.get("seen") != drawn,
    }
    if not any(new.values()):
        return HttpResponse(status=204)
    view = view_of(mailbox, monday, rules, found if new["week_changed"] else ())
    week = week_context(view, rules.policy) if new["week_changed"] else {"week": view}
    return render(
        request, "calendar/changes.html", {"bars": bars, "week_digest": drawn} | week | new
    )


def frame(person: User, rules: Rules) -> dict[str, Any]:
    """Return what the frame of every screen shows: who, where, and whether both services are connected."""
    local = rules.clock.local(rules.now)
    return {
        "person": person,
        "connections": cards_of(person),
        "city": rules.clock.city,
        "zone_name": local.tzname(),
        "policy": rules.policy,
        "now": rules.clock.wall(local),
    }


def week_context(week: WeekView, policy: Policy) -> dict[str, Any]:
    """Return the week for its templates."""
    html = render_to_string("calendar/week.html", {"week": week, "legend": legend(policy)})
    return {"week": week, "week_html": html}
