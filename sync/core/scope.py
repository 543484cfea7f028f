"""Why an event does or does not sync: an ordered list of rules, each with a verdict, a reason and what would change it.

A rule is *hard* (nobody can override it: privacy, readability, length, range) or a *filter*; somebody who asks for one
event by name (Record, or the record category) overrides filters, and the verdict says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sync.core.item import Fields, Kind, OutlookItem, end_of, start_of
from sync.core.mapping import LONGEST_EVENT, too_long
from sync.core.patterns import BadPattern, found_in
from sync.core.settings import Policy, is_expression

PASS, STOP, OVERRIDDEN = "pass", "stop", "overridden"
_MODE_NAMES = {"manual": "Manual Sync", "auto": "Auto Sync", "off": "off"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one rule for one event.

    Attributes:
        code: Under which name a stopped event is counted (``private``, ``category_excluded``, ...).
        would_change: What would let it pass; empty when it passes or nothing would.
    """

    rule: str
    outcome: str
    reason: str
    code: str = ""
    would_change: str = ""


@dataclass(frozen=True, slots=True)
class Considered:
    """What the rules look at."""

    item: OutlookItem
    policy: Policy
    now: datetime
    requested: bool = False  # a person asked for exactly this event

    @property
    def fields(self) -> Fields:
        """Return the item's fields."""
        return self.item.fields


_Rule = Callable[[Considered], Verdict]


def _ok(rule: str, reason: str) -> Verdict:
    return Verdict(rule, PASS, reason)


def _stop(rule: str, code: str, reason: str, would_change: str = "") -> Verdict:
    return Verdict(rule, STOP, reason, code, would_change)


def window(policy: Policy, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and last instant that are considered (sync.md 15)."""
    start = now - timedelta(days=policy.number("past_days"))
    hard = policy.text("hard_start_date")
    if hard:
        start = max(start, datetime.combine(date.fromisoformat(hard), datetime.min.time(), UTC))
    return start, now + timedelta(days=policy.number("future_days"))


def _readable(case: Considered) -> Verdict:
    if case.item.problem:
        return _stop(
            "readable", "unreadable", f"Outlook's event cannot be used: {case.item.problem}"
        )
    if case.item.kind is Kind.MASTER:
        return _stop(
            "readable",
            "series",
            "This is a whole series; its single meetings are recorded one by one.",
        )
    return _ok("readable", "Outlook's event could be read.")


def _cancelled(case: Considered) -> Verdict:
    if case.item.is_cancelled:
        return _stop("cancelled", "cancelled", "The organizer cancelled this meeting.")
    return _ok("cancelled", "Not cancelled.")


def _range(case: Considered) -> Verdict:
    first, last = window(case.policy, case.now)
    past, future = case.policy.number("past_days"), case.policy.number("future_days")
    hard = case.policy.text("hard_start_date")
    span = f"{past} days back, {future} ahead" + (f", nothing before {hard}" if hard else "")
    slack = timedelta(days=1)  # zones: an all-day event may begin up to 14 h before its day in UTC
    if end_of(case.fields) < first - slack or start_of(case.fields) > last + slack:
        return _stop(
            "range",
            "out_of_range",
            f"Outside your range ({span}).",
            "A wider range in the settings.",
        )
    return _ok("range", f"In range ({span}).")


def _private(case: Considered) -> Verdict:
    choice = case.policy.text("private")
    if not case.item.is_private:
        return _ok("private", "Not private.")
    if choice == "skip":
        return _stop(
            "private", "private", "Private in Outlook, and private events are left alone.",
            "Making it not private in Outlook, or another choice for private events.",
        )  # fmt: skip
    what = (
        "only its time is written, as Busy"
        if choice == "time_only"
        else "written in full and marked private"
    )
    return _ok("private", f"Private in Outlook: {what}.")


def _length(case: Considered) -> Verdict:
    if too_long(case.fields):
        return _stop(
            "length", "too_long", f"Longer than {LONGEST_EVENT.days} days, which Salesforce cannot hold.",
            "Splitting the event in Outlook.",
        )  # fmt: skip
    return _ok("length", f"Not longer than {LONGEST_EVENT.days} days.")


def _all_day(case: Considered) -> Verdict:
    choice = case.policy.text("all_day")
    if not case.fields["all_day"] or choice == "include":
        return _ok(
            "all_day",
            "All-day events are included." if case.fields["all_day"] else "Not an all-day event.",
        )
    if choice == "exclude" or case.fields["show_as"] == "free":
        kind = "All-day" if choice == "exclude" else "All-day and shown as free"
        return _stop(
            "all_day", "all_day_excluded", f"{kind}: left out.", "Including all-day events."
        )
    return _ok("all_day", "All-day, and not shown as free.")


def _show_as(case: Considered) -> Verdict:
    shown = str(case.fields["show_as"])
    if shown in case.policy.names("show_as") or shown == "unknown":
        return _ok("show_as", f"Shown as {shown}.")
    return _stop(
        "show_as",
        "show_as_excluded",
        f"Shown as {shown}: left out.",
        "Showing it differently in Outlook.",
    )


def _response(case: Considered) -> Verdict:
    answer = case.item.my_response
    if answer in case.policy.names("my_response"):
        return _ok("my_response", "Your answer to the invitation fits.")
    return _stop(
        "my_response",
        "response_excluded",
        f"Your answer is: {answer}.",
        "Accepting the invitation.",
    )


def _categories(case: Considered) -> Verdict:
    mine = {name.casefold() for name in case.item.categories}
    for name in case.policy.names("categories_exclude"):
        if name.casefold() in mine:
            return _stop(
                "categories",
                "category_excluded",
                f"It has the category “{name}”.",
                "Removing that category.",
            )
    wanted = case.policy.names("categories_include")
    if wanted and not any(name.casefold() in mine for name in wanted):
        return _stop(
            "categories",
            "category_excluded",
            "It has none of the wanted categories.",
            "Giving it one of them.",
        )
    return _ok("categories", "No category stands against it.")


def subject_matches(pattern: str, subject: str) -> bool:
    """Tell whether a line of ``subject_exclude`` fits: plain words, or ``/regular expression/``.

    A pattern that cannot be used fits nothing: settings refuse it when it is set, this is about older values.
    """
    if is_expression(pattern):
        try:
            return found_in(pattern[1:-1], subject)
        except BadPattern:
            return False
    return pattern.casefold() in subject.casefold()


def _subject(case: Considered) -> Verdict:
    subject = str(case.fields.get("subject", ""))
    for pattern in case.policy.names("subject_exclude"):
        if subject_matches(pattern, subject):
            return _stop(
                "subject",
                "subject_excluded",
                f"Its subject fits “{pattern}”.",
                "Changing the rule.",
            )
    return _ok("subject", "No subject rule stands against it.")


def _is_listed(address: str, entries: Sequence[str]) -> bool:
    domain = address.rpartition("@")[2]
    return any(entry.casefold().lstrip("@") in (address, domain) for entry in entries)


def _people(case: Considered) -> Verdict:
    excluded = case.policy.names("excluded_people")
    present = [person for person in (case.item.organizer, *case.item.attendees) if person]
    if any(_is_listed(person.address, excluded) for person in present):
        return _stop(
            "people",
            "person_excluded",
            "An excluded person takes part.",
            "Changing the list of people.",
        )
    return _ok("people", "No excluded person takes part.")


def _attendees(case: Considered) -> Verdict:
    wanted = case.policy.text("scope")
    own = case.item.organizer.address.rpartition("@")[2] if case.item.organizer else ""
    others = [person for person in case.item.attendees if person.kind != "resource"]
    if wanted == "has_attendee" and not others:
        return _stop("scope", "no_attendee", "Nobody else takes part.", "Inviting someone.")
    if wanted == "external_attendee" and not any(
        p.address.rpartition("@")[2] != own for p in others
    ):
        return _stop(
            "scope", "no_attendee", "Only colleagues take part.", "Inviting someone from outside."
        )
    return _ok("scope", "Which events: it belongs to them.")


_HARD: tuple[_Rule, ...] = (_readable, _cancelled, _range, _private, _length)
_FILTERS: tuple[_Rule, ...] = (
    _all_day,
    _show_as,
    _response,
    _categories,
    _subject,
    _people,
    _attendees,
)


def mode_verdict(policy: Policy) -> Verdict:
    """Say whether one event may be recorded by hand in the present mode."""
    mode = policy.text("mode")
    if mode != "snaprecord":
        return _stop(
            "mode", "mode", f"Recording by click is for SnapRecord mode; the mode is {_MODE_NAMES[mode]}.",
            "Switching to SnapRecord.",
        )  # fmt: skip
    if "snaprecord" not in policy.names("modes_allowed"):
        return _stop(
            "mode",
            "mode",
            "Your administrator has not allowed SnapRecord.",
            "Asking your administrator.",
        )
    if policy.prevents("create", "salesforce"):
        return _stop(
            "mode",
            "prevented",
            "Creating events in Salesforce is prevented by your settings.",
            "Allowing it in the settings.",
        )
    return _ok("mode", "SnapRecord is on.")


def explain(case: Considered) -> tuple[Verdict, ...]:
    """Return the verdict of each rule, in order; after an unreadable item nothing else is asked."""
    verdicts: list[Verdict] = []
    for rule in _HARD:
        verdicts.append(rule(case))
        if verdicts[-1].code in ("unreadable", "series"):
            return tuple(verdicts)
    if case.item.is_private and case.policy.text("private") != "full_and_private":
        return tuple(verdicts)  # filters would look at text and people that are not ours to know
    for rule in _FILTERS:
        verdict = rule(case)
        if verdict.outcome == STOP and case.requested:
            verdict = Verdict(
                verdict.rule,
                OVERRIDDEN,
                verdict.reason + " You asked for it all the same.",
                verdict.code,
            )
        verdicts.append(verdict)
    return tuple(verdicts)


def stopped(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the first verdict that stops the event, or None."""
    return next((verdict for verdict in verdicts if verdict.outcome == STOP), None)


def wants_recording(item: OutlookItem, policy: Policy) -> bool:
    """Tell whether the event carries the category that records it (SnapRecord from inside any Outlook)."""
    name = policy.text("record_category").casefold()
    return bool(name) and any(name == category.casefold() for category in item.categories)
