"""The bars above a screen: mode, last and next run, and what needs a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from linkpoint.accounts.models import Mailbox, User
from sync.core.mapping import NO_SUBJECT
from sync.core.settings import Policy
from sync.models import Link, MailboxState, OutlookSeen, Run
from sync.web import reading
from sync.web.badges import CONFLICT, ERROR, Badge
from sync.web.reading import Written
from sync.web.words import Clock

_MODES = {
    "snaprecord": ("SnapRecord", "On: you record, Outlook edits follow", "success"),
    "manual": ("Manual Sync", "You start each run and review it", "success"),
    "auto": ("Auto Sync", "On: runs by itself", "sync"),
    "off": ("Off", "Nothing is recorded or updated", "pause"),
}
_TO_SALESFORCE = "Outlook to Salesforce only. Nothing is written to Outlook."
_PAUSED = "Nothing is read or updated. Record still works."
_ALWAYS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Runs:
    """The last run that ended, and what all runs of the day wrote, so that a run without news does not hide a recording."""

    last: Run | None
    today: Written


@dataclass(frozen=True, slots=True)
class Strip:
    """What the mode strip says; only a pause of one's own can be ended here."""

    mode: str
    name: str
    title: str
    icon: str
    note: str
    last_title: str
    last_note: str
    last_failed: bool
    next_title: str
    next_note: str
    paused: bool
    may_pause: bool
    may_resume: bool


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs a person; ``link`` names it in addresses."""

    link: str
    badge: Badge
    text: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What needs a person, the newest first; ``is_cut``: there may be more than were read."""

    all: Sequence[Attention]
    is_cut: bool = False

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.all)

    @property
    def first(self) -> Sequence[Attention]:
        """Return those that are always in sight."""
        return self.all[:_ALWAYS_SHOWN]

    @property
    def rest(self) -> Sequence[Attention]:
        """Return those that are shown when asked for."""
        return self.all[_ALWAYS_SHOWN:]


def strip_of(
    person: User, policy: Policy, now: datetime, state: MailboxState | None, runs: Runs
) -> Strip:
    """Return what the strip says."""
    clock = Clock.of(person)
    mode = policy.text("mode")
    name, title, icon = _MODES[mode]
    pause = person.pause_in_force(now)
    paused = pause is not None
    if pause is not None:
        icon = "pause"
        title = "Paused"
        if pause.paused_until:
            title = f"Paused until {clock.near(pause.paused_until, now)} {clock.city}"
    note = _TO_SALESFORCE if policy.text("direction") == "outlook_to_salesforce" else ""
    last_title, last_note, failed = _last(runs, clock, now)
    next_title, next_note = _next(state, policy, clock, now, paused=paused)
    if _is_cut_off(person):
        icon, title = "pause", "Waits for Outlook to be connected"
        next_title, next_note = "No next run", "until Outlook is connected again"
    return Strip(
        mode, name, title, icon, _PAUSED if paused and mode == "snaprecord" else note,
        last_title, last_note, failed, next_title, next_note,
        paused, not paused and mode != "off", pause is person,
    )  # fmt: skip


def _is_cut_off(person: User) -> bool:
    mailbox = getattr(person, "mailbox", None)
    return mailbox is not None and mailbox.state != Mailbox.State.ACTIVE


def needs_of(mailbox: Mailbox) -> Needs:
    """Return what needs a person (at most three queries)."""
    links = reading.attention(mailbox)
    rows = reading.subjects(mailbox, links)
    questions = reading.open_questions(mailbox, links)
    shown = []
    for link in links:
        question = questions.get(str(link.pk))
        is_question = link.state == Link.State.CONFLICT
        badge = CONFLICT if is_question else ERROR
        word = "To decide" if is_question else "Refused"
        reason = question.reason if question else link.problem
        title = title_of(rows.get(link.outlook_id or ""), link)
        shown.append(
            Attention(str(link.pk), Badge(badge.name, word, badge.icon), f"{title}: {reason}")
        )
    return Needs(shown, is_cut=len(links) >= reading.ATTENTION_LIMIT)


def title_of(row: OutlookSeen | None, link: Link) -> str:
    """Return how an event is called, also when it is gone; a private one is called Private."""
    if row is not None and row.is_private:
        return "Private"
    fields = row.fields if row is not None else link.base_outlook
    return str(fields.get("subject") or link.base_outlook.get("subject") or NO_SUBJECT)


def _last(runs: Runs, clock: Clock, now: datetime) -> tuple[str, str, bool]:
    run, today = runs.last, runs.today
    if run is None:
        return "No run yet", "the first one reads your calendar", False
    title = f"Last run {clock.near(run.finished_at or run.started_at, now)}"
    if run.state == Run.State.FAILED:
        return title, run.error or "did not finish; it is tried again", True
    counts = f"Today {today.created} created, {today.updated} updated"
    if today.deleted:
        counts += f", {today.deleted} deleted"
    problems = "1 problem" if run.problems == 1 else f"{run.problems} problems"
    return title, f"{counts}, {problems}", run.problems > 0


def _next(
    state: MailboxState | None, policy: Policy, clock: Clock, now: datetime, *, paused: bool
) -> tuple[str, str]:
    pushed = "and on every change" if policy.flag("push_on_change") else "not on changes"
    if paused:
        return "No next run", "until it is resumed"
    due = state.next_poll_at if state else None
    if due is None or due <= now:
        return "Next run now", pushed
    return f"Next run {clock.near(due, now)}", pushed
