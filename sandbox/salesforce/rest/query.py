"""``/query`` and ``/queryAll``: SOQL in pages."""

import re

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest.call import Call, Reply, not_allowed
from sandbox.salesforce.soql.run import run

LARGEST_PAGE = 2000
SMALLEST_PAGE = 200
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{15})-(\d+)")


def answer(call: Call) -> Reply:
    """Answer a query or a further page of one.

    Raises:
        ApiError: Refused.
    """
    if call.method != "GET":
        raise not_allowed(call, "GET")
    if len(call.path) == 2:
        return _next_page(call, call.at(1))
    text = call.args.get("q")
    if text is None:
        raise ApiError("MALFORMED_QUERY", unknown("q: must hold a SOQL query"))
    everything = call.path[0] == "queryAll"
    found = run(call.org.store, text, call.asker(), everything=everything)
    size = page_size(call, found.long_texts)
    body: dict[str, object] = {"totalSize": found.total, "done": len(found.records) <= size}
    if not body["done"]:
        locator = call.org.store.ids.make("01g")
        call.org.locators[locator] = found.records
        body["nextRecordsUrl"] = f"{call.base}/query/{locator}-{size}"
    return Reply(200, body | {"records": found.records[:size]})


def page_size(call: Call, long_texts: int) -> int:
    """Return how many rows a page has; two long texts make it small (contract section 2)."""
    asked = _BATCH.search(call.headers.get("sforce-query-options", ""))
    size = min(LARGEST_PAGE, max(SMALLEST_PAGE, int(asked[1]))) if asked else LARGEST_PAGE
    if long_texts > 1:
        size = min(size, SMALLEST_PAGE)
    return max(1, min(size, call.org.switches.number("page_cap")))


def _next_page(call: Call, name: str) -> Reply:
    found = _LOCATOR.fullmatch(name)
    records = call.org.locators.get(found[1]) if found else None
    if found is None or records is None:
        raise ApiError("INVALID_QUERY_LOCATOR", unknown("the query locator is not known"))
    start = int(found[2])
    stop = start + page_size(call, 0)
    done = stop >= len(records)
    body: dict[str, object] = {"totalSize": len(records), "done": done}
    if not done:
        body["nextRecordsUrl"] = f"{call.base}/query/{found[1]}-{stop}"
    return Reply(200, body | {"records": records[start:stop]})
