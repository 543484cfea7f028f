"""Why an event did or did not sync, and what would change that (promise 9)."""

from dataclasses import dataclass
from datetime import datetime

from linkpoint.accounts.models import Mailbox
from sync.core.scope import Considered, Verdict, explain, mode_verdict
from sync.core.settings import Policy
from sync.models import Link, OutlookSeen
from sync.store.rows import outlook_item


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "Why?" for one event.

    Attributes:
        row: The event as last seen; None if Outlook was never seen to hold it.
        link: Its link; None if it was never recorded.
        state: The link's state, or ``not_recorded``, ``gone`` or ``unknown``.
        reason: What the last write or plan left to say; may be empty.
    """

    row: OutlookSeen | None
    link: Link | None
    state: str
    verdicts: tuple[Verdict, ...]
    reason: str = ""

    @property
    def would_sync_if(self) -> list[str]:
        """Return what would let it pass, one entry a rule that stands against it."""
        return [verdict.would_change for verdict in self.verdicts if verdict.would_change]


def explain_event(mailbox: Mailbox, policy: Policy, an_id: str, now: datetime) -> Explanation:
    """Explain an event by its Outlook id, or by the id of its Salesforce Event (15 or 18 characters)."""
    links = Link.objects.filter(mailbox=mailbox)
    link = (
        links.filter(outlook_id=an_id).first()
        or links.filter(salesforce_id__startswith=an_id).first()
        if len(an_id) >= 15
        else links.filter(outlook_id=an_id).first()
    )
    outlook_id = link.outlook_id if link else an_id
    row = OutlookSeen.objects.filter(mailbox=mailbox, outlook_id=outlook_id).first()
    verdicts: tuple[Verdict, ...] = ()
    if row is not None and row.state != OutlookSeen.State.GONE:
        asked = Considered(outlook_item(row), policy, now, requested=link is not None)
        verdicts = (mode_verdict(policy), *explain(asked))
    return Explanation(row, link, _state(row, link), verdicts, link.problem if link else "")


def _state(row: OutlookSeen | None, link: Link | None) -> str:
    if link is not None:
        return link.state
    if row is None:
        return "unknown"
    return "gone" if row.state == OutlookSeen.State.GONE else "not_recorded"
