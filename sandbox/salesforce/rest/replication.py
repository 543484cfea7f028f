"""``/updated`` and ``/deleted`` of an object (contract section 1.7)."""

from datetime import datetime, timedelta

from sandbox.salesforce.access import can_see
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest.call import Call
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.values import moment_in, parse_datetime, render

BIN_DAYS = 15


def _bad(what: str) -> ApiError:
    return ApiError("INVALID_REPLICATION_DATE", unknown(what))


def _span(call: Call, days: int) -> tuple[datetime, datetime]:
    """Return start and end without their seconds."""
    moments = []
    for name in ("start", "end"):
        try:
            moment = parse_datetime(call.args.get(name, "").replace(" ", "+"))
        except ValueError as wrong:
            raise _bad(f"{name}: must be a date and time with an offset") from wrong
        moments.append(moment.replace(second=0))
    start, end = moments
    now = call.org.store.now()
    if start >= end or start > now:
        raise _bad("start: must be before end and not in the future")
    if start < now - timedelta(days=days):
        raise _bad(f"start: must be within the last {days} days")
    return start, min(end, now)


def deleted(call: Call, sobject: SObject) -> dict[str, object]:
    """Return what went into the recycle bin in the span.

    Raises:
        ApiError: The span does not fit.
    """
    start, end = _span(call, BIN_DAYS)
    binned = call.org.store.binned
    gone = [
        row
        for row in call.org.store.tables[sobject.name].values()
        if row["IsDeleted"]
        and start <= binned.get(str(row["Id"]), start) <= end
        and can_see(call.caller, sobject, row, call.org.switches)
    ]
    records = [{"id": row["Id"], "deletedDate": render(binned[str(row["Id"])])} for row in gone]
    earliest = call.org.store.now() - timedelta(days=BIN_DAYS)
    return {
        "deletedRecords": sorted(records, key=lambda record: str(record["deletedDate"])),
        "earliestDateAvailable": render(earliest),
        "latestDateCovered": render(end),
    }


def updated(call: Call, sobject: SObject) -> dict[str, object]:
    """Return what was made or changed in the span.

    Raises:
        ApiError: The span does not fit.
    """
    start, end = _span(call, call.org.switches.number("updated_days"))
    ids = [
        row["Id"]
        for row in call.org.store.tables[sobject.name].values()
        if not row["IsDeleted"]
        and start <= moment_in(row, "SystemModstamp") <= end
        and can_see(call.caller, sobject, row, call.org.switches)
    ]
    return {"ids": ids, "latestDateCovered": render(end)}
