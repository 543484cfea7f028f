"""Lists of records, and the page of one record with its events and the Canvas app."""

from werkzeug.wrappers import Response

from sandbox.pages.salesforce_canvas import frame
from sandbox.pages.salesforce_visit import Visit
from sandbox.salesforce.values import Row, render

_KINDS = {
    "contacts": ("Contact", ("Name", "Title", "Email", "AccountId")),
    "leads": ("Lead", ("Name", "Company", "Email", "Status")),
    "accounts": ("Account", ("Name", "Industry", "BillingCity", "Website")),
    "opportunities": ("Opportunity", ("Name", "StageName", "Amount", "CloseDate", "AccountId")),
}
_DETAILS = {
    "Contact": ("Name", "Title", "AccountId", "Email", "Phone", "OwnerId"),
    "Lead": ("Name", "Company", "Title", "Email", "Phone", "Status", "OwnerId"),
    "Account": ("Name", "Industry", "BillingCity", "Website", "Phone", "OwnerId"),
    "Opportunity": ("Name", "StageName", "Amount", "CloseDate", "AccountId", "OwnerId"),
    "Case": ("CaseNumber", "Subject", "Status", "AccountId", "ContactId", "OwnerId"),
}


def show_list(visit: Visit) -> Response:
    """Show all records of the tab's kind."""
    kind, columns = _KINDS[visit.tab]
    store = visit.org.store
    sobject = store.objects[kind]
    rows = sorted(store.seen(visit.caller, sobject), key=lambda row: str(row["Name"]))
    labels = [_label(sobject.fields[name].label) for name in columns]
    shown = [(row["Id"], [text_of(visit, row, name) for name in columns]) for row in rows]
    return visit.page("list.html", title=sobject.plural, labels=labels, rows=shown)


def show_record(visit: Visit) -> Response:
    """Show one record."""
    record_id = visit.rest[0] if visit.rest else ""
    row = visit.visible(record_id) if record_id else None
    sobject = visit.org.store.object_of(record_id)
    if row is None or sobject is None or sobject.name not in _DETAILS:
        return visit.missing()
    details = [
        (_label(sobject.fields[name].label), text_of(visit, row, name))
        for name in _DETAILS[sobject.name]
    ]
    return visit.page(
        "record.html",
        row=row,
        kind=sobject.label,
        title=row[sobject.name_field],
        details=details,
        events=_events(visit, row),
        canvas=frame(visit, str(row["Id"])),
    )


def _label(label: str) -> str:
    """Return a field's label without the words a person does not need."""
    return label.removesuffix(" ID")


def _events(visit: Visit, row: Row) -> list[tuple[Row, str]]:
    store = visit.org.store
    about = [
        event
        for event in store.seen(visit.caller, store.objects["Event"])
        if row["Id"] in {event["WhoId"], event["WhatId"], event["AccountId"]}
    ]
    about.sort(key=lambda event: str(event["StartDateTime"]))
    return [(event, _when(visit, event)) for event in about]


def _when(visit: Visit, event: Row) -> str:
    if event["IsAllDayEvent"]:
        return f"{event['ActivityDate']}, all day"
    return f"{visit.local(event['StartDateTime']):%Y-%m-%d %H:%M}"


def text_of(visit: Visit, row: Row, name: str) -> str:
    """Return a field as a person reads it: a reference by the name of what it points to."""
    value = row[name]
    if name.endswith("Id") and value:
        target, sobject = visit.org.store.find(str(value)), visit.org.store.object_of(str(value))
        return str(target[sobject.name_field]) if target and sobject else ""
    if isinstance(value, float):
        return f"{value:,.0f}"
    return str(render(value) or "")
