"""The Assist screen: connections, the present mode, and the settings in force with where they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linkpoint.accounts.sessions import PersonRequest, person_required
from sync.core.settings import SETTINGS, Policy, Resolved
from sync.web.calendar import frame
from sync.web.moments import person_rules

_SHOWN: Mapping[str, tuple[str, str]] = {
    "mode": ("Mode", "How events come into Salesforce."),
    "record_category": (
        "Category that records",
        "An event with this category in Outlook is recorded as if you had pressed Record.",
    ),
    "past_days": ("Days back", "Older events are left alone."),
    "future_days": ("Days ahead", "Later events are left alone."),
    "private": ("Private events", "What happens to events that are private in Outlook."),
    "became_private": ("Recorded, then made private", "What happens to the event in Salesforce."),
    "outlook_deleted": ("Deleted in Outlook", "What happens to the event in Salesforce."),
    "past_delete": ("Deleted when it is over", "Tidying a mailbox looks like deleting."),
    "all_day": ("All-day events", "Which of them count."),
    "my_response": ("Your answer", "Invitations you answered like this count."),
    "categories_exclude": ("Left out by category", "Events with one of these are left alone."),
    "prevent": ("Never done", "What sync may not do."),
    "frequency_minutes": ("How often", "Both calendars are read this often, in minutes."),
}
_WORDS: Mapping[str, str] = {
    "snaprecord": "SnapRecord",
    "manual": "Manual Sync",
    "auto": "Auto Sync",
    "off": "Off",
    "skip": "Leave alone",
    "time_only": "Time only, as Busy",
    "full_and_private": "In full, marked private",
    "redact": "Replace the text by Busy",
    "delete": "Delete",
    "leave": "Leave as it is",
    "keep": "Keep",
    "mark": "Mark as cancelled",
    "ask": "Ask me",
    "never": "Never",
    "follow": "Follow Outlook",
    "include": "All",
    "exclude": "None",
    "exclude_free": "All but those shown as free",
    "organizer": "you organize it",
    "none": "not answered",
    "delete_outlook": "delete in Outlook",
    "delete_salesforce": "delete in Salesforce",
    "create_outlook": "create in Outlook",
    "create_salesforce": "create in Salesforce",
    "update_outlook": "update in Outlook",
    "update_salesforce": "update in Salesforce",
}
_SOURCES: Mapping[str, str] = {
    "shipped": "As shipped",
    "organization": "Set by your administrator",
    "profile": "Set for your profile",
    "user": "Set for you",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting in force."""

    name: str
    title: str
    help: str
    value: str
    source: str
    locked: bool


@person_required
@never_cache
@require_GET
def assist(request: PersonRequest) -> HttpResponse:
    """Show the screen."""
    person = request.person
    rules = person_rules(person, timezone.now())
    context = frame(person, rules) | {"rows": rows_of(rules.policy)}
    return render(request, "assist/screen.html", context)


def rows_of(policy: Policy) -> Sequence[Row]:
    """Return the settings that matter in SnapRecord, with their sources; hidden ones are left out."""
    return [
        Row(
            name,
            title,
            help_text,
            words_for(policy.values[name]),
            _SOURCES[policy.values[name].source],
            locked=policy.values[name].state == "locked",
        )
        for name, (title, help_text) in _SHOWN.items()
        if policy.values[name].state != "hidden"
    ]


def words_for(resolved: Resolved) -> str:
    """Return a value in words."""
    value = resolved.value
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, (tuple, list)):
        return ", ".join(_WORDS.get(str(part), str(part)) for part in value) or "Nothing"
    if SETTINGS[resolved.name].kind == "choice":
        return _WORDS.get(str(value), str(value))
    return str(value) if value not in ("", None) else "Off"
