"""Graph calls about events: list, create, read, change, delete, answer (contract, sections 2, 3, 8, 10)."""

from collections.abc import Callable
from typing import Any

from sandbox.microsoft import incoming, mailbox_calls, meetings, writing
from sandbox.microsoft.call import Answer, Call
from sandbox.microsoft.errors import (
    GraphError,
    conflict,
    invalid,
    no_such_path,
    not_allowed,
    not_found,
)
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.query import context, event_answer, extension_json, list_answer
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import change_key, etag
from sandbox.microsoft.window import window_of


def collection(call: Call, mailbox: Mailbox, folder: Folder) -> Answer:
    """List or create."""
    if call.method == "GET":
        return list_answer(call, mailbox, mailbox.in_folder(folder))
    if call.method == "POST":
        return _create(call, mailbox, folder)
    raise not_allowed(call.method)


def below(call: Call, mailbox: Mailbox, event_id: str, names: tuple[str, ...]) -> Answer:
    """Answer at an event, or at what belongs to it."""
    if not names:
        return item(call, mailbox, event_id)
    if names == ("calendar",):
        folder = mailbox.folders[mailbox.find(event_id).calendar]
        return mailbox_calls.calendar(call, mailbox, folder)
    if names[0] == "extensions" and len(names) == 2:
        return extension(call, mailbox, event_id, names[1])
    if len(names) == 1:
        return action(call, mailbox, event_id, names[0])
    raise no_such_path("/".join(call.segments))


def item(call: Call, mailbox: Mailbox, event_id: str) -> Answer:
    """Read, change or delete one event, a series or one occurrence."""
    if call.method == "DELETE" and call.office.switches.number("second_delete_status") == 204:
        try:
            mailbox.find(event_id)
        except GraphError as error:
            return Answer(204) if error.status == 404 else _raise(error)
    event = mailbox.find(event_id)
    if call.method == "GET":
        return event_answer(call, mailbox, event)
    _check_version(call, mailbox, event)
    if call.method == "PATCH":
        wanted = _without_transaction(call.body)
        draft = incoming.read(wanted, call.office.switches, zone=event.start.zone)
        changed = writing.update(call.office, mailbox, event, draft, call.office.switches)
        return event_answer(call, mailbox, changed)
    if call.method == "DELETE":
        writing.delete(call.office, mailbox, event)
        return Answer(204)
    raise not_allowed(call.method)


def action(call: Call, mailbox: Mailbox, event_id: str, name: str) -> Answer:
    """Do what the last part of the path says to an event."""
    event = mailbox.find(event_id)
    if name == "instances" and call.method == "GET":
        start, end = window_of(call.query)
        found = sorted(event.occurrences(start, end), key=lambda one: one.start.utc())
        return list_answer(call, mailbox, found)
    if name == "attachments" and call.method == "GET":
        return Answer(200, {"@odata.context": context(call), "value": []})
    if name == "extensions":
        return _extensions(call, event)
    if call.method != "POST" or name not in _ACTIONS:
        raise not_allowed(call.method)
    body = call.body if call.body is not None else {}
    if not isinstance(body, dict):
        raise invalid("The body must be one JSON object.")
    return _ACTIONS[name](call, mailbox, event, {k[:1].lower() + k[1:]: v for k, v in body.items()})


def extension(call: Call, mailbox: Mailbox, event_id: str, name: str) -> Answer:
    """Read, change or delete one open extension."""
    event = mailbox.find(event_id)
    if name not in event.extensions:
        raise not_found()
    if call.method == "DELETE":
        del event.extensions[name]
        return Answer(204)
    if call.method == "PATCH" and isinstance(call.body, dict):
        event.extensions[name] |= {k: v for k, v in call.body.items() if "@" not in k}
    elif call.method != "GET":
        raise not_allowed(call.method)
    return Answer(200, extension_json(name, event.extensions[name]))


def _raise(error: GraphError) -> Answer:
    raise error


def _create(call: Call, mailbox: Mailbox, folder: Folder) -> Answer:
    switches = call.office.switches
    draft = incoming.read(call.body, switches)
    known = mailbox.transactions.get(draft.transaction_id) if draft.transaction_id else None
    if known is not None:
        return _created_before(call, mailbox, known)
    event = writing.create(call.office, mailbox, folder, draft)
    answer = event_answer(call, mailbox, event, 201)
    if switches.on("late_change_key"):
        mailbox.touch(event, call.office.now())
        call.office.tell(mailbox, event, "updated")
    if switches.take("concurrent_save_next"):
        raise GraphError(503, "ConcurrentItemSave", "SANDBOX: the event was created all the same.")
    return answer


def _created_before(call: Call, mailbox: Mailbox, number: int) -> Answer:
    """Answer a second create with a transactionId that was used before (section 3)."""
    event = mailbox.events.get(number)
    how = call.office.switches.text("duplicate_transaction")
    if how == "existing" and event is not None:
        return event_answer(call, mailbox, event, 201)
    message = (
        "Your request can't be completed. The TransactionId specified in the request has already "
        "been used to create a different event."
    )
    existing = call.renderer(mailbox).item_id(event) if event is not None else ""
    annotations = {"@event.existingEventId": existing} if existing else {}
    status = 409 if how == "409" else 400
    raise GraphError(status, "ErrorDuplicateTransactionId", message, annotations=annotations)


def _check_version(call: Call, mailbox: Mailbox, event: Event) -> None:
    """Refuse a write on another version, and now and then one for no reason (section 8)."""
    wanted = call.headers.get("if-match", "").strip()
    known = {"", "*", etag(mailbox.guid, event), change_key(mailbox.guid, event)}
    if wanted not in known or call.office.switches.take("spurious_412_next"):
        raise conflict()


def _without_transaction(body: Any) -> Any:
    return (
        {k: v for k, v in body.items() if k != "transactionId"} if isinstance(body, dict) else body
    )


def _extensions(call: Call, event: Event) -> Answer:
    if call.method == "GET":
        value = [extension_json(name, data) for name, data in event.extensions.items()]
        return Answer(200, {"@odata.context": context(call), "value": value})
    if call.method != "POST":
        raise not_allowed(call.method)
    draft = incoming.read({"extensions": [call.body]}, call.office.switches)
    event.extensions |= draft.extensions
    name = next(iter(draft.extensions))
    return Answer(201, extension_json(name, event.extensions[name]))


def _answer(verb: str) -> Callable[[Call, Mailbox, Event, dict[str, Any]], Answer]:
    def run(call: Call, mailbox: Mailbox, event: Event, body: dict[str, Any]) -> Answer:
        send = body.get("sendResponse", True) is not False
        meetings.answer(call.office, mailbox, event, verb, send_response=send)
        return Answer(202)

    return run


def _cancel(call: Call, mailbox: Mailbox, event: Event, _body: dict[str, Any]) -> Answer:
    meetings.require_organizer(event)
    writing.delete(call.office, mailbox, event)
    return Answer(202)


def _forward(call: Call, _mailbox: Mailbox, event: Event, body: dict[str, Any]) -> Answer:
    recipients = body.get("toRecipients")
    if not isinstance(recipients, list) or not recipients:
        raise invalid("toRecipients: at least one recipient is required.")
    addresses = [str(entry.get("emailAddress", {}).get("address")) for entry in recipients]
    meetings.send(call.office, event, "forward", addresses)
    return Answer(202)


def _dismiss(call: Call, mailbox: Mailbox, event: Event, _body: dict[str, Any]) -> Answer:
    mailbox.touch(mailbox.master_of(event), call.office.now())
    return Answer(200)


def _snooze(call: Call, mailbox: Mailbox, event: Event, body: dict[str, Any]) -> Answer:
    if not isinstance(body.get("newReminderTime"), dict):
        raise invalid("newReminderTime: is required.")
    return _dismiss(call, mailbox, event, body)


def _delete_for_good(call: Call, mailbox: Mailbox, event: Event, _body: dict[str, Any]) -> Answer:
    writing.delete(call.office, mailbox, event)
    return Answer(204)


_ACTIONS: dict[str, Callable[[Call, Mailbox, Event, dict[str, Any]], Answer]] = {
    **{verb: _answer(verb) for verb in meetings.ANSWERS},
    "cancel": _cancel,
    "forward": _forward,
    "dismissReminder": _dismiss,
    "snoozeReminder": _snooze,
    "permanentDelete": _delete_for_good,
}
