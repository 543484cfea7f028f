"""The REST API of one version: which part answers which address."""

from sandbox.salesforce.rest import composite, query, search, sobjects
from sandbox.salesforce.rest.call import Call, Reply, not_allowed, not_found

OLDEST = 31
RETIRED = range(21, 31)


def send(call: Call) -> Reply:
    """Answer a call.

    Raises:
        ApiError: Refused.
    """
    answer = _ANSWERS.get(call.at(0))
    if answer is None:
        raise not_found()
    return answer(call)


def _resources(call: Call) -> Reply:
    return Reply(200, {name: f"{call.base}/{name}" for name in _ANSWERS if name})


def _composite(call: Call) -> Reply:
    return composite.answer(call, send)


def _recent(call: Call) -> Reply:
    del call
    return Reply(200, [])


def _limits(call: Call) -> Reply:
    if call.method != "GET":
        raise not_allowed(call, "GET")
    if call.at(1) == "recordCount":
        return Reply(200, {"sObjects": _counts(call)})
    switches = call.org.switches
    allowed = switches.number("daily_limit")
    left = max(0, allowed - switches.number("api_used") - call.org.api_calls)
    body = {
        "DailyApiRequests": {"Max": allowed, "Remaining": left},
        "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        "DataStorageMB": {"Max": 10_240, "Remaining": 10_200},
    }
    return Reply(200, body)


def _counts(call: Call) -> list[dict[str, object]]:
    """Return how many rows there are; objects without rows are left out."""
    asked = [name for name in call.args.get("sObjects", "").split(",") if name]
    counts = []
    for one in call.org.store.objects.values():
        number = sum(not row["IsDeleted"] for row in call.org.store.tables[one.name].values())
        if number and (not asked or one.name in asked):
            counts.append({"count": number, "name": one.name})
    return counts


_ANSWERS = {
    "": _resources,
    "sobjects": sobjects.answer,
    "query": query.answer,
    "queryAll": query.answer,
    "composite": _composite,
    "search": search.answer,
    "parameterizedSearch": search.answer,
    "limits": _limits,
    "recent": _recent,
}
