"""The session of a person in the Canvas frame: a signed token in a header, no cookie, no storage, no database row.

The token lives in the page's memory and dies with it (contracts/salesforce.md, 4.4).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django_htmx.middleware import HtmxDetails

from linkpoint.accounts.framing import frame_ancestors, framed
from linkpoint.accounts.models import Organization, User

LIFETIME_S = 30 * 60
"""How long a token is accepted; the page fetches a new one before."""

HEADER = "X-LinkPoint-Session"

_SALT = "linkpoint.accounts.session"

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request whose person is known.

    Attributes:
        person: With organization, profile and mailbox at hand.
        record_id: The record page the frame stands on (18 characters), or empty.
    """

    person: User
    record_id: str
    htmx: HtmxDetails


@dataclass(frozen=True, slots=True)
class Session:
    """What a token says, once its signature was checked; both numbers are our primary keys."""

    user_id: int
    organization_id: int
    record_id: str


class SessionRefused(Exception):
    """The token is missing, wrong, or older than it may be; the page gets a new one from Salesforce."""


def mint(user: User, record_id: str = "") -> str:
    """Return a token for this person, for :data:`LIFETIME_S` seconds."""
    claims = {"user": user.pk, "organization": user.organization_id, "record": record_id}
    return signing.dumps(claims, salt=_SALT)


def read(token: str, *, max_age_s: int | None = LIFETIME_S) -> Session:
    """Return what the token says; ``max_age_s=None`` accepts one that has run out.

    Raises:
        SessionRefused: Not a token of ours, or too old.
    """
    try:
        claims = signing.loads(token, salt=_SALT, max_age=max_age_s)
    except signing.BadSignature:
        raise SessionRefused from None
    return Session(claims["user"], claims["organization"], claims["record"])


def person_required(
    view: Callable[Concatenate[PersonRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only people with a valid token in; the view finds them in ``request.person``.

    Without one the answer is 401 with the event ``linkpoint:session-expired``; for people or organizations that
    may not work it is 403 with a fragment that says why.  There is no cookie, so there is nothing to forge from
    another site, and the check of CSRF tokens is left out.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            session = read(request.headers.get(HEADER, ""))
            person = _person(session)
        except SessionRefused:
            return _expired()
        ancestors = frame_ancestors(person.organization.instance_url, settings.LOOPBACK_HOSTS)
        if _is_stopped(person):
            return framed(_stopped(request, person), ancestors)
        known = cast("PersonRequest", request)
        known.person, known.record_id = person, session.record_id
        return framed(view(known, *args, **kwargs), ancestors)

    return csrf_exempt(guarded)


def _person(session: Session) -> User:
    """Return the person with what screens need (one query).

    Raises:
        SessionRefused: Not there any more, or not in the organization of the token.
    """
    people = User.objects.select_related("organization", "profile", "mailbox")
    person = people.filter(pk=session.user_id, organization_id=session.organization_id).first()
    if person is None:
        raise SessionRefused
    return person


def _is_stopped(person: User) -> bool:
    return (
        person.state != User.State.ACTIVE or person.organization.state != Organization.State.ACTIVE
    )


def _expired() -> HttpResponse:
    response = HttpResponse("The session has ended.", status=401, content_type="text/plain")
    response["HX-Trigger"] = json.dumps({"linkpoint:session-expired": {}})
    response["WWW-Authenticate"] = "LinkPoint"
    response["Cache-Control"] = "no-store"
    return response


def _stopped(request: HttpRequest, person: User) -> HttpResponse:
    response = render(request, "accounts/stopped.html", {"person": person}, status=403)
    response["HX-Trigger"] = json.dumps({"linkpoint:stopped": {}})
    response["HX-Retarget"] = "#main"
    response["HX-Reswap"] = "innerHTML"
    return response
