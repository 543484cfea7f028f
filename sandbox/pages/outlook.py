"""The Outlook page for people: a week, and a form for each event.

Addresses are ``/outlook/{mailbox}/...``: who looks stands in the path, so there is no sign-in and no cookie.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox.exchange import raw_target
from sandbox.microsoft import incoming, meetings, writing
from sandbox.microsoft.errors import GraphError
from sandbox.microsoft.ids import IdForm
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import Renderer, Wishes
from sandbox.pages import outlook_form, outlook_week
from sandbox.pages.outlook_form import FormError
from sandbox.pages.templating import page, static_file
from sandbox.world import World

UPLOAD_LIMIT = 20 * 1024 * 1024

_DONE = {
    "created": "Event created.",
    "saved": "Changes saved.",
    "deleted": "Deleted.",
    "accept": "Invitation accepted.",
    "tentativelyAccept": "Invitation tentatively accepted.",
    "decline": "Invitation declined.",
}


def handle(world: World, request: Request) -> Response:
    """Answer one request to the Outlook page."""
    target = urlsplit(raw_target(request))
    parts = [unquote(part) for part in target.path.split("/") if part][1:]
    query = dict(parse_qsl(target.query, keep_blank_values=True))
    if parts[:1] == ["static"]:
        return static_file("/".join(parts[1:])) or _missing(world)
    if not parts:
        return _people(world)
    with world.lock:
        mailbox = world.microsoft.known_mailbox(parts[0])
        if mailbox is None:
            return _missing(world)
        return _Desk(world, mailbox, query).answer(request, parts[1:])


def _people(world: World) -> Response:
    with world.lock:
        boxes = list(world.microsoft.mailboxes.values())
    return page("outlook_people.html", mailboxes=boxes)


def _missing(world: World) -> Response:
    with world.lock:
        boxes = list(world.microsoft.mailboxes.values())
    return page("outlook_people.html", status=404, mailboxes=boxes)


class _Desk:
    """What one person does in the own mailbox."""

    def __init__(self, world: World, mailbox: Mailbox, query: Mapping[str, str]) -> None:
        self._world = world
        self._office = world.microsoft
        self._mailbox = mailbox
        self._query = query
        self._zone = mailbox.time_zone
        self._base = f"/outlook/{quote(mailbox.address, safe='@')}"

    def answer(self, request: Request, parts: list[str]) -> Response:
        """Answer by path and method."""
        posted = request.method == "POST"
        if not parts:
            return self._week()
        if parts == ["new"]:
            return self._create(request.form) if posted else self._new()
        if parts == ["mails"]:
            return self._page("outlook_mails.html", mails=list(reversed(self._office.mails)))
        if parts == ["import"] and posted:
            return self._import(request)
        return self._event(request, parts)

    def _event(self, request: Request, parts: list[str]) -> Response:
        if parts[0] != "event" or len(parts) != 2:
            return self._week(problem="There is no such page.", status=404)
        try:
            event = self._mailbox.find(parts[1])
        except GraphError:
            return self._week(problem="This event is no longer there.", status=404)
        return self._act(request.form, event) if request.method == "POST" else self._edit(event)

    def _page(self, template: str, *, status: int = 200, **values: object) -> Response:
        return page(
            template,
            status=status,
            mailbox=self._mailbox,
            mailboxes=list(self._office.mailboxes.values()),
            base=self._base,
            mail_count=len(self._office.mails),
            **values,
        )

    def _week(self, *, problem: str = "", status: int = 200) -> Response:
        today = outlook_week.today_in(self._zone, self._world.clock.now())
        monday = outlook_week.monday_of(_day(self._query.get("week", ""), today))
        start, end = outlook_week.week_window(monday, self._zone)
        # A day more on both sides: all-day events may be at home in other zones.
        around = timedelta(days=1)
        events = self._mailbox.view(self._mailbox.default_folder, start - around, end + around)
        days = outlook_week.layout(events, self._renderer(), monday, self._zone, today)
        return self._page(
            "outlook_week.html",
            status=status,
            days=days,
            monday=monday,
            sunday=monday + timedelta(days=6),
            before=(monday - timedelta(days=7)).isoformat(),
            after=(monday + timedelta(days=7)).isoformat(),
            problem=problem,
            done=_DONE.get(self._query.get("done", ""), ""),
        )

    def _new(self) -> Response:
        today = outlook_week.today_in(self._zone, self._world.clock.now())
        day = _day(self._query.get("day", ""), today)
        return self._form(None, outlook_form.empty_form(day))

    def _create(self, form: Mapping[str, str]) -> Response:
        fields = outlook_form.read_form(form)
        try:
            wanted = outlook_form.to_graph(fields, self._zone)
            draft = incoming.read(wanted, self._office.switches)
            folder = self._mailbox.default_folder
            event = writing.create(self._office, self._mailbox, folder, draft)
        except (FormError, GraphError) as error:
            return self._form(None, fields, problem=_words(error))
        return self._back(event.start.wall.date(), "created")

    def _edit(self, event: Event) -> Response:
        return self._form(event, outlook_form.form_of(event, self._zone))

    def _act(self, form: Mapping[str, str], event: Event) -> Response:
        """Do what the pressed button says."""
        action, day = form.get("action", "save"), event.start.wall.date()
        try:
            if action in meetings.ANSWERS:
                meetings.answer(self._office, self._mailbox, event, action)
                return self._back(day, action)
            if action == "delete":
                writing.delete(self._office, self._mailbox, event)
                return self._back(day, "deleted")
            fields = outlook_form.read_form(form)
            return self._save(event, fields)
        except GraphError as error:
            before = outlook_form.form_of(event, self._zone)
            return self._form(event, before, problem=_words(error))

    def _save(self, event: Event, fields: dict[str, object]) -> Response:
        before = outlook_form.form_of(event, self._zone)
        if not event.is_organizer:
            # What the organizer decides is shown, not sent.
            own = ("categories", "record", "show_as", "sensitivity")
            fields = before | {name: fields[name] for name in own}
        try:
            changes = outlook_form.changes_of(before, fields, self._zone)
            draft = incoming.read(changes, self._office.switches)
            saved = writing.update(self._office, self._mailbox, event, draft, self._office.switches)
        except (FormError, GraphError) as error:
            return self._form(event, fields, problem=_words(error))
        return self._back(saved.start.wall.date(), "saved")

    def _import(self, request: Request) -> Response:
        upload = request.files.get("file")
        content = upload.read(UPLOAD_LIMIT + 1) if upload else b""
        if not content:
            return self._week(problem="Calendar file: choose an .ics file.", status=400)
        if len(content) > UPLOAD_LIMIT:
            return self._week(problem="Calendar file: larger than 20 MB.", status=400)
        try:
            report = self._office.import_calendar(self._mailbox.address, content)
        except ValueError as error:
            return self._week(problem=f"Calendar file: {error}", status=400)
        return self._page("outlook_report.html", report=report)

    def _form(
        self, event: Event | None, fields: Mapping[str, object], *, problem: str = ""
    ) -> Response:
        renderer = self._renderer()
        shown = renderer.event(event) if event is not None else None
        master = self._mailbox.master_of(event) if event is not None and event.day else None
        return self._page(
            "outlook_event.html",
            status=400 if problem else 200,
            event=shown,
            fields=fields,
            problem=problem,
            series_id=renderer.item_id(master) if master is not None else "",
            series=outlook_form.describe(master or event) if event is not None else "",
            choices=outlook_form,
            zone=self._zone,
        )

    def _renderer(self) -> Renderer:
        wishes = Wishes(zone=self._zone, form=IdForm.IMMUTABLE)
        return Renderer(self._mailbox.guid, self._office.switches, wishes)

    def _back(self, day: date, done: str) -> Response:
        week = outlook_week.monday_of(day).isoformat()
        location = f"{self._base}/?week={week}&done={done}"
        return Response(status=303, headers={"Location": location})


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def _words(error: FormError | GraphError) -> str:
    text = error.message if isinstance(error, GraphError) else str(error)
    return text.removeprefix("SANDBOX: ")
