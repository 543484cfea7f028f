"""Finds what a Graph path means, after asking whether the token may go there."""

import re

from sandbox.microsoft import event_calls, mailbox_calls, subscription_calls
from sandbox.microsoft.call import Answer, Call
from sandbox.microsoft.delta import delta_answer
from sandbox.microsoft.errors import GraphError, no_such_path, not_allowed
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.query import list_answer
from sandbox.microsoft.throttle import Gate
from sandbox.microsoft.window import window_of

GATE = Gate()

_DELTA = {("delta",), ("delta()",)}
_ZONES = re.compile(r"supportedTimeZones(\(.*\))?", re.IGNORECASE)
_WRITERS = {"Calendars.ReadWrite"}
_READERS = _WRITERS | {"Calendars.Read"}


def answer(call: Call) -> Answer:
    """Return the answer to one request; what it changes is changed afterwards.

    Raises:
        GraphError: The request is refused.
    """
    _require_consent(call)
    first, rest = call.segments[:1], call.segments[1:]
    if first == ("subscriptions",) and not rest:
        return subscription_calls.collection(call, lambda key: _mailbox(call, key))
    if first == ("subscriptions",):
        return subscription_calls.item(call, *rest)
    if first == ("users",) and not rest:
        with call.office.lock:
            return mailbox_calls.users(call)
    if first == ("users",):
        return _for_mailbox(call, rest[0], rest[1:])
    if first == ("me",):
        return _for_mailbox(call, _me(call), rest)
    raise no_such_path("/".join(call.segments))


def _me(call: Call) -> str:
    if not call.grant.address and not call.office.switches.on("app_only_me"):
        raise GraphError(400, "BadRequest", "SANDBOX: /me needs a signed-in person.")
    return call.grant.address


def _for_mailbox(call: Call, key: str, rest: tuple[str, ...]) -> Answer:
    with call.office.lock:
        mailbox = _person(call, key)
    with GATE.enter(call.office, mailbox.id), call.office.lock:
        if not rest:
            return mailbox_calls.user(call, mailbox)
        mailbox = _mailbox(call, key)
        return _route(call, mailbox, rest)


def _about_mailbox(call: Call, mailbox: Mailbox, rest: tuple[str, ...]) -> Answer | None:
    """Answer what needs no permission for calendars; None for the rest."""
    if rest == ("mailboxSettings",):
        return mailbox_calls.settings(call, mailbox)
    if rest[0] == "outlook" and len(rest) == 2 and _ZONES.fullmatch(rest[1]):
        return mailbox_calls.supported_zones(call, rest[1])
    if rest == ("translateExchangeIds",) and call.method == "POST":
        return mailbox_calls.translate(call, mailbox)
    return None


def _route(call: Call, mailbox: Mailbox, rest: tuple[str, ...]) -> Answer:
    found = _about_mailbox(call, mailbox, rest)
    if found is not None:
        return found
    _require_calendar_permission(call)
    if rest == ("calendars",):
        return mailbox_calls.calendars(call, mailbox)
    if rest[0] == "calendars":
        return _in_calendar(call, mailbox, mailbox.folder(rest[1]), rest[2:])
    if rest[0] == "calendar":
        return _in_calendar(call, mailbox, mailbox.default_folder, rest[1:])
    return _in_calendar(call, mailbox, mailbox.default_folder, rest)


def _in_calendar(call: Call, mailbox: Mailbox, folder: Folder, rest: tuple[str, ...]) -> Answer:
    if not rest:
        return mailbox_calls.calendar(call, mailbox, folder)
    names = (rest[0], *(part.removeprefix("microsoft.graph.") for part in rest[1:]))
    if names == ("calendarView",):
        return _view(call, mailbox, folder)
    if names[0] in {"calendarView", "events"} and names[1:] in _DELTA:
        return _delta(call, mailbox, folder, whole_calendar=names[0] == "events")
    if names == ("events",):
        return event_calls.collection(call, mailbox, folder)
    if names[0] == "events":
        return event_calls.below(call, mailbox, rest[1], names[2:])
    raise no_such_path("/".join(call.segments))


def _view(call: Call, mailbox: Mailbox, folder: Folder) -> Answer:
    if call.method != "GET":
        raise not_allowed(call.method)
    start, end = window_of(call.query)
    return list_answer(call, mailbox, mailbox.view(folder, start, end))


def _delta(call: Call, mailbox: Mailbox, folder: Folder, *, whole_calendar: bool) -> Answer:
    if call.method != "GET":
        raise not_allowed(call.method)
    if whole_calendar and "calendars" not in call.segments:
        # Seen on the real service in 2024; only a calendar by id was seen to work (section 6).
        text = (
            "Unsupported request: Change tracking is not supported against 'microsoft.graph.event'"
        )
        raise GraphError(400, "SandboxCodeUnknown", text)
    return delta_answer(call, mailbox, folder, whole_calendar=whole_calendar)


def _person(call: Call, key: str) -> Mailbox:
    """Return the mailbox of a person of the token's tenant."""
    try:
        mailbox = call.office.mailbox(key)
    except ValueError:
        mailbox = None
    if mailbox is None or mailbox.tenant_id != call.grant.tenant_id:
        raise GraphError(404, "Request_ResourceNotFound", "SANDBOX: the tenant has no such user.")
    return mailbox


def _mailbox(call: Call, key: str) -> Mailbox:
    """Return a mailbox that the token may open (section 14)."""
    mailbox = _person(call, key)
    if mailbox.access == "unlicensed":
        message = "REST API is not yet supported for this mailbox."
        raise GraphError(404, "MailboxNotEnabledForRESTAPI", message)
    if mailbox.access == "denied":
        raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
    stranger = call.grant.address and call.grant.address.casefold() != mailbox.address.casefold()
    if stranger:
        raise GraphError(403, "ErrorAccessDenied", "SANDBOX: not the signed-in person's mailbox.")
    return mailbox


def _require_calendar_permission(call: Call) -> None:
    wanted = _READERS if call.method == "GET" else _WRITERS
    if not wanted & set(call.grant.scopes):
        message = f"SANDBOX: the token has none of {', '.join(sorted(wanted))}."
        raise GraphError(403, "ErrorAccessDenied", message)


def _require_consent(call: Call) -> None:
    tenant = call.office.tenants.get(call.grant.tenant_id)
    if tenant is not None and tenant.consent:
        return
    if call.office.switches.number("withdrawn_consent_status") == 401:
        raise GraphError(401, "InvalidAuthenticationToken", "SANDBOX: consent was withdrawn.")
    raise GraphError(403, "Authorization_RequestDenied", "SANDBOX: consent was withdrawn.")
