"""The Canvas host: launches the app in a frame and answers what its script asks for."""

import json

from werkzeug.wrappers import Response

from sandbox.pages.salesforce_visit import Visit
from sandbox.salesforce.signed_request import INSTANCE_ID

FRAME_NAME = f"canvas-frame-{INSTANCE_ID}"
_APPROVAL = "_sfdc_canvas_authvalue=user_approval_required"


def show(visit: Visit) -> Response:
    """Show the tab with the app."""
    return visit.page("canvas.html", canvas=frame(visit, ""))


def frame(visit: Visit, record_id: str) -> dict[str, str]:
    """Return what ``_canvas.html`` needs to launch the app for a record, or for none.

    A user who has approved nothing is launched by GET if the org lets people approve for themselves.
    """
    app_url = visit.org.app.app_url.partition("#")[0]
    approved = visit.user["Id"] in visit.org.tokens.approved
    by_get = visit.org.switches.on("canvas_self_authorize") and not approved
    joined = "&" if "?" in app_url else "?"
    return {
        "name": FRAME_NAME,
        "app_url": app_url,
        "get_url": f"{app_url}{joined}{_APPROVAL}" if by_get else "",
        "signed_request": "" if by_get else _signed(visit, record_id),
        "refresh_url": visit.address("canvas", "refresh") + f"?record={record_id}",
        "context_url": visit.address("canvas", "context") + f"?record={record_id}",
    }


def answer(visit: Visit) -> Response:
    """Answer the page's script: ``refresh`` with a new signed request, ``context`` with what it holds."""
    record_id = visit.request.args.get("record", "")
    if record_id and visit.visible(record_id) is None:
        return visit.missing()
    what = visit.rest[0] if visit.rest else ""
    if what == "refresh" and visit.request.method == "POST":
        return _json({"signed_request": _signed(visit, record_id)})
    if what == "context":
        return _json(visit.org.canvas_context(visit.username, record_id or None))
    return Response("{}", status=404, content_type="application/json")


def _signed(visit: Visit, record_id: str) -> str:
    return visit.org.signed_request(visit.username, record_id or None)


def _json(body: object) -> Response:
    return Response(json.dumps(body), content_type="application/json")
