"""Connecting, as the page inside Salesforce sees it: cards, live tests, disconnecting, and the way out of the frame."""

import json

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkpoint.accounts import checks as live
from linkpoint.accounts.connect import vault
from linkpoint.accounts.connect.cards import SERVICES, Card, Service, card_of, cards_of
from linkpoint.accounts.connect.outlook import require_tenant
from linkpoint.accounts.disconnecting import disconnect_outlook, disconnect_salesforce
from linkpoint.accounts.findings import keep_outlook, keep_salesforce
from linkpoint.accounts.refusal import NotDone
from linkpoint.accounts.sessions import PersonRequest, person_required

TICKET_S = 120
"""How long the address that leads out of the frame works."""


@never_cache
@person_required
@require_GET
def connections(request: PersonRequest) -> HttpResponse:
    """Show both cards."""
    return render(request, "accounts/connections.html", {"cards": cards_of(request.person)})


@never_cache
@person_required
@require_GET
def card(request: PersonRequest, service: str) -> HttpResponse:
    """Show one card; with the mark of the one on the page, only if it changed since (else 204)."""
    shown = card_of(request.person, _known(service))
    if request.GET.get("mark") == shown.mark:
        return HttpResponse(status=204)
    return _card(request, shown, changed="mark" in request.GET)


@never_cache
@person_required
@require_POST
def check(request: PersonRequest, service: str) -> HttpResponse:
    """Test a connection now, remember what was found, and show the card with it."""
    person, which = request.person, _known(service)
    before = card_of(person, which)
    mailbox = getattr(person, "mailbox", None)
    if which == "salesforce":
        found = live.check_salesforce(person)
        keep_salesforce(person, found)
    elif mailbox is not None:
        found = live.check_outlook(mailbox)
        keep_outlook(mailbox, found)
    else:
        found = []
    shown = card_of(person, which, found)
    return _card(request, shown, changed=shown.mark != before.mark)


@never_cache
@person_required
@require_http_methods(["GET", "POST"])
def disconnect(request: PersonRequest, service: str) -> HttpResponse:
    """Ask (GET), then disconnect (POST)."""
    person, which = request.person, _known(service)
    shown = card_of(person, which)
    if not shown.can_disconnect:
        return _card(request, shown)
    if request.method == "GET":
        return render(request, "accounts/disconnect.html", {"card": shown, "person": person})
    if which == "salesforce":
        disconnect_salesforce(person)
    else:
        disconnect_outlook(person.mailbox, "You disconnected Outlook.")
    return _card(request, card_of(person, which), changed=True)


@never_cache
@person_required
@require_POST
def start(request: PersonRequest, service: str) -> HttpResponse:
    """Answer an address on this origin that leads out of the frame; it works once, for two minutes.

    htmx gets a fragment with the link and the event ``linkpoint:open``; others get ``{"url"}``.
    """
    which = _known(service)
    try:
        if which == "outlook":
            require_tenant(request.person)
        content = {"user": str(request.person.pk), "service": which}
        ticket = vault.keep("ticket", content, TICKET_S)
    except NotDone as refusal:
        told = {"refusal": refusal, "card": card_of(request.person, which)}
        return render(request, "accounts/connect_link.html", told)
    url = request.build_absolute_uri(reverse("connect_begin", args=[ticket]))
    if not request.htmx:
        return JsonResponse({"url": url})
    told = {"url": url, "card": card_of(request.person, which)}
    response = render(request, "accounts/connect_link.html", told)
    response["HX-Trigger"] = json.dumps({"linkpoint:open": {"url": url}})
    return response


def _known(service: str) -> Service:
    found = next((each for each in SERVICES if each == service), None)
    if found is None:
        raise Http404
    return found


def _card(request: PersonRequest, shown: Card, *, changed: bool = False) -> HttpResponse:
    """Return one card; ``changed`` tells the rest of the page with ``linkpoint:connections-changed``."""
    response = render(request, "accounts/connection_card.html", {"card": shown})
    if changed:
        detail = {"service": shown.service, "tag": shown.tag}
        response["HX-Trigger"] = json.dumps({"linkpoint:connections-changed": detail})
    return response
