"""The bars above a screen, rendered, with a digest to tell changed ones by."""

from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from linkpoint.accounts.models import Mailbox, User
from sync.web import reading
from sync.web.cards import Rules
from sync.web.strip import Runs, needs_of, strip_of


@dataclass(frozen=True, slots=True)
class Bars:
    """What stands above a screen, rendered."""

    html: SafeString
    digest: str


def bars_of(person: User, mailbox: Mailbox, rules: Rules) -> Bars:
    """Return mode, runs and what needs a person (at most six queries)."""
    clock, now = rules.clock, rules.now
    midnight = datetime.combine(clock.local(now).date(), time(), clock.zone)
    runs = Runs(reading.last_run(mailbox), reading.written_since(mailbox, midnight))
    strip = strip_of(person, rules.policy, now, reading.state_of(mailbox), runs)
    html = render_to_string("calendar/bars.html", {"strip": strip, "needs": needs_of(mailbox)})
    return Bars(html, digest(html))


def digest(html: str) -> str:
    """Return a short text that differs when what is shown does."""
    return sha256(html.encode()).hexdigest()[:16]
