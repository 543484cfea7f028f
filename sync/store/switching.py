"""A user whose mailbox or calendar was replaced by another one: a new beginning, and nothing is deleted anywhere."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from linkpoint.accounts.models import Mailbox
from sync.models import Intent, Link, MailboxState, OutlookSeen, Subscription

_REPLACED = "Another calendar is connected now. What was recorded stays in Salesforce as it is."


def begin_with(mailbox: Mailbox) -> None:
    """Make sure that what is stored was read from the calendar that is connected; call it in a fenced transaction.

    Observations and cursors of another calendar go; its links rest, and wake up if their event is recorded again
    (sync.md 18).  A write whose outcome is open is settled first.
    """
    state = MailboxState.objects.get_or_create(mailbox=mailbox)[0]
    source = f"{mailbox.graph_user_id}|{mailbox.calendar_id}"
    if state.source == source:
        return
    if state.source:
        _forget(mailbox, same_user=state.source.startswith(f"{mailbox.graph_user_id}|"))
        state.window_start = state.window_end = state.synced_at = None
        state.delta_link = state.round_link = ""
        state.in_round = False
    state.source = source
    state.save()


def _forget(mailbox: Mailbox, *, same_user: bool) -> None:
    OutlookSeen.objects.filter(mailbox=mailbox).delete()
    opened = Intent.objects.filter(link=OuterRef("pk"), status=Intent.Status.OPEN)
    links = Link.objects.filter(~Exists(opened), mailbox=mailbox).exclude(state=Link.State.DEAD)
    links.update(state=Link.State.DEAD, tombstone_at=timezone.now(), problem=_REPLACED)
    if not same_user:
        Subscription.objects.filter(mailbox=mailbox).delete()  # the old one ends by itself
