"""The Salesforce page for people: choose who you are, then Canvas, calendar and records.

Addresses are ``/salesforce/{username}/{tab}``: who looks stands in the path, so there is no sign-in and no cookie.
"""

from collections.abc import Callable
from urllib.parse import quote, unquote

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.pages import salesforce_calendar, salesforce_canvas, salesforce_records
from sandbox.pages.salesforce_visit import Visit
from sandbox.pages.templating import page, static_file
from sandbox.world import World

_POLICY = (
    "default-src 'self'; frame-src http: https:; form-action http: https:; frame-ancestors 'self'"
)

_TABS: dict[str, Callable[[Visit], Response]] = {
    "linkpoint": salesforce_canvas.show,
    "canvas": salesforce_canvas.answer,
    "calendar": salesforce_calendar.show,
    "event": salesforce_calendar.edit,
    "contacts": salesforce_records.show_list,
    "leads": salesforce_records.show_list,
    "accounts": salesforce_records.show_list,
    "opportunities": salesforce_records.show_list,
    "record": salesforce_records.show_record,
}


def handle(world: World, request: Request) -> Response:
    """Answer a request of a person's browser."""
    response = _answer(world, request)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(world: World, request: Request) -> Response:
    parts = [unquote(part) for part in request.path.split("/")[2:] if part]
    if parts and parts[0] == "static":
        return static_file(parts[-1]) or _nothing("There is no such file.")
    chosen = request.args.get("user", "")
    if not parts and chosen:
        return redirect(f"/salesforce/{quote(chosen)}/linkpoint")
    with world.lock:
        if not parts:
            return _choose(world)
        return _visit(world, request, parts)


def _choose(world: World) -> Response:
    orgs = [(org, org.users()) for org in world.salesforce.orgs.values()]
    return page("salesforce/choose.html", orgs=orgs)


def _visit(world: World, request: Request, parts: list[str]) -> Response:
    org = world.salesforce.org_of_user(parts[0])
    user = org.user(parts[0]) if org else None
    if org is None or user is None:
        return _nothing(f"There is no user {parts[0]}. Choose one of the people on the first page.")
    tab = parts[1] if len(parts) > 1 else "linkpoint"
    show = _TABS.get(tab)
    if show is None:
        return _nothing("There is no such tab.")
    return show(Visit(org, user, tab, tuple(parts[2:]), request))


def _nothing(why: str) -> Response:
    return page("salesforce/refused.html", status=404, title="Not found", why=why)
