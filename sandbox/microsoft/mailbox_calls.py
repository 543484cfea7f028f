"""Graph calls about people, mailboxes and calendars (contract, sections 4, 5, 14)."""

from typing import Any

from sandbox.microsoft import ids, zones
from sandbox.microsoft.call import Answer, Call
from sandbox.microsoft.errors import GraphError, invalid, not_allowed, not_found
from sandbox.microsoft.ids import BadId, IdForm, ItemRef
from sandbox.microsoft.mailbox import Folder, Mailbox

_TRANSLATE_LIMIT = 1_000


def user(call: Call, mailbox: Mailbox) -> Answer:
    """Return a person."""
    shown = _selected(call, user_json(mailbox))
    return Answer(200, {"@odata.context": f"{call.base}/$metadata#users/$entity", **shown})


def users(call: Call) -> Answer:
    """Return the people of the token's tenant."""
    boxes = call.office.mailboxes.values()
    value = [
        _selected(call, user_json(box)) for box in boxes if box.tenant_id == call.grant.tenant_id
    ]
    return Answer(200, {"@odata.context": f"{call.base}/$metadata#users", "value": value})


def user_json(mailbox: Mailbox) -> dict[str, Any]:
    """Return a person as the directory shows one."""
    given, _, surname = mailbox.name.partition(" ")
    return {
        "id": mailbox.id,
        "displayName": mailbox.name,
        "givenName": given or None,
        "surname": surname or None,
        "mail": mailbox.address,
        "userPrincipalName": mailbox.address,
        "preferredLanguage": mailbox.language,
        "businessPhones": [],
        "jobTitle": None,
        "mobilePhone": None,
        "officeLocation": None,
    }


def settings(call: Call, mailbox: Mailbox) -> Answer:
    """Read or change the settings of a mailbox."""
    if call.method == "PATCH":
        zone = call.body.get("timeZone") if isinstance(call.body, dict) else None
        if not isinstance(zone, str) or zones.resolve(zone) is None:
            raise invalid("timeZone: must be the name of a time zone.")
        mailbox.time_zone = zone
    elif call.method != "GET":
        raise not_allowed(call.method)
    body = {
        "@odata.context": f"{call.base}/$metadata#users('{mailbox.id}')/mailboxSettings",
        "timeZone": mailbox.time_zone,
        "dateFormat": "dd/MM/yyyy",
        "timeFormat": "HH:mm",
        "language": {"locale": mailbox.language, "displayName": mailbox.language},
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": mailbox.time_zone},
        },
    }
    return Answer(200, body)


def supported_zones(call: Call, part: str) -> Answer:
    """Return the names of zones: Windows ones, or IANA ones on demand."""
    iana = "iana" in part.casefold()
    names = zones.iana_names() if iana else zones.windows_names()
    value = [{"alias": name, "displayName": name} for name in names]
    what = "Collection(microsoft.graph.timeZoneInformation)"
    return Answer(200, {"@odata.context": f"{call.base}/$metadata#{what}", "value": value})


def calendars(call: Call, mailbox: Mailbox) -> Answer:
    """List or create calendars."""
    if call.method == "POST":
        name = call.body.get("name") if isinstance(call.body, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise invalid("name: must not be empty.")
        return Answer(201, _calendar_entity(call, mailbox, mailbox.add_folder(name.strip())))
    if call.method != "GET":
        raise not_allowed(call.method)
    value = [calendar_json(call, mailbox, folder) for folder in mailbox.folders.values()]
    skip, size = call.number("$skip", 0), call.number("$top", 10)
    body: dict[str, Any] = {
        "@odata.context": f"{call.base}/$metadata#users('{mailbox.id}')/calendars",
        "value": [_selected(call, one) for one in value[skip : skip + size]],
    }
    if skip + size < len(value):
        body["@odata.nextLink"] = call.link({**call.query, "$skip": str(skip + size)})
    return Answer(200, body)


def calendar(call: Call, mailbox: Mailbox, folder: Folder) -> Answer:
    """Read, rename or delete one calendar."""
    if call.method == "DELETE":
        if folder is mailbox.default_folder:
            raise GraphError(400, "ErrorDeleteDistinguishedFolder", "SANDBOX: default calendar.")
        for event in mailbox.in_folder(folder):
            mailbox.remove(event, call.office.now())
        del mailbox.folders[folder.number]
        return Answer(204)
    if call.method == "PATCH":
        name = call.body.get("name") if isinstance(call.body, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise invalid("name: must not be empty.")
        folder.name, folder.version = name.strip(), folder.version + 1
    elif call.method != "GET":
        raise not_allowed(call.method)
    return Answer(200, _calendar_entity(call, mailbox, folder))


def calendar_json(call: Call, mailbox: Mailbox, folder: Folder) -> dict[str, Any]:
    """Return a calendar; its id follows the wished form, or is always the same one (section 4)."""
    follows = call.office.switches.on("calendar_ids_follow_prefer")
    form = call.wishes().form if follows else IdForm.PLAIN
    default = folder is mailbox.default_folder
    return {
        "id": mailbox.folder_id(folder, form),
        "name": folder.name,
        "color": "auto",
        "hexColor": "",
        "changeKey": ids.change_key(mailbox.guid, folder.number, folder.version, None),
        "canShare": True,
        "canViewPrivateItems": True,
        "canEdit": True,
        "isDefaultCalendar": default,
        "isRemovable": not default,
        "isTallyingResponses": default,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "owner": {"name": mailbox.name, "address": mailbox.address},
    }


def translate(call: Call, mailbox: Mailbox) -> Answer:
    """Turn ids from one form into the other (section 4)."""
    body = call.body if isinstance(call.body, dict) else {}
    given = {name[:1].lower() + name[1:]: value for name, value in body.items()}
    input_ids = given.get("inputIds")
    if not isinstance(input_ids, list) or len(input_ids) > _TRANSLATE_LIMIT:
        raise invalid(f"inputIds: a list of at most {_TRANSLATE_LIMIT} ids is required.")
    source, target = _form(given.get("sourceIdType")), _form(given.get("targetIdType"))
    value = [_translated(mailbox, str(text), source, target) for text in input_ids]
    what = "Collection(microsoft.graph.convertIdResult)"
    return Answer(200, {"@odata.context": f"{call.base}/$metadata#{what}", "value": value})


def _form(name: object) -> IdForm:
    found = next((form for form in IdForm if form.casefold() == str(name).casefold()), None)
    if found is None:
        raise invalid("sourceIdType, targetIdType: restId and restImmutableEntryId are emulated.")
    return found


def _translated(mailbox: Mailbox, text: str, source: IdForm, target: IdForm) -> dict[str, Any]:
    try:
        ref = ids.decode(text)
        if ref.mailbox != mailbox.guid or ref.form is not source:
            raise not_found()
        moves = mailbox.find(text).moves if ref.kind == "e" else 0
    except (BadId, GraphError):
        details = {"code": "ErrorItemNotFound", "message": "SANDBOX: not translated."}
        return {"sourceId": text, "errorDetails": details}
    made = ItemRef(mailbox.guid, ref.kind, ref.number, moves, ref.day, target)
    return {"sourceId": text, "targetId": ids.encode(made)}


def _calendar_entity(call: Call, mailbox: Mailbox, folder: Folder) -> dict[str, Any]:
    what = f"{call.base}/$metadata#users('{mailbox.id}')/calendars/$entity"
    return {"@odata.context": what, **calendar_json(call, mailbox, folder)}


def _selected(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    wanted = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    return {k: v for k, v in item.items() if k in wanted or k == "id"} if wanted else item
