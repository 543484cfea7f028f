"""Tokens whose cache is a row of ours: encrypted, and renewed by one worker at a time.

Where a service gives a new refresh token each time and ends the old one, two workers that refresh at once would
lose the connection.  So whoever needs a new token waits for the other, and then takes what the other brought.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import requests
from django.db import connection, models, transaction

from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from linkpoint.errors import ServiceError
from linkpoint.outlook.auth import Credentials as OutlookCredentials
from linkpoint.outlook.auth import TokenSource
from linkpoint.salesforce.auth import Credentials as SalesforceCredentials
from linkpoint.salesforce.auth import SalesforceTokens
from linkpoint.salesforce.token_endpoint import Access

_IN_HAND_S = 240
"""A token is used without a look into the database for so long; what is fetched is good for five minutes at least."""

T = TypeVar("T")


class StoredOutlookTokens(TokenSource):
    """Tokens for one mailbox (signed in) or one tenant (app-only); not thread-safe, make one per job."""

    def __init__(
        self,
        owner: Tenant | Mailbox,
        credentials: Callable[[], OutlookCredentials],
        session: requests.Session,
    ) -> None:
        """Keep what is needed to sign in; nothing is sent yet.

        Args:
            owner: The row whose ``token_cache`` is used.
            credentials: Makes the credentials from the row as it is then.
            session: A session of ``linkpoint.http``.
        """
        # The parent's part is done anew for each token, by a source made from the newest cache.
        self._owner = owner
        self._make = credentials
        self._session = session
        self._in_hand = ""
        self._until_s = 0.0
        self._refused = ""

    def token(self) -> str:
        """Return a token; raises as the parent does."""
        if not self._in_hand or time.monotonic() >= self._until_s:
            self._in_hand = _with_newest(self._owner, ("token_cache",), self._bring)
            self._until_s = time.monotonic() + _IN_HAND_S
        return self._in_hand

    def forget(self) -> None:
        """Make the next :meth:`token` bring another one: the service did not accept this one."""
        self._refused, self._in_hand = self._in_hand, ""

    def _bring(self) -> str:
        source = TokenSource(self._make(), self._session, self._save)
        token = source.token()
        if token == self._refused:
            source.forget()
            token = source.token()
        return token

    def _save(self, cache: str) -> None:
        self._owner.token_cache = cache
        self._owner.save(update_fields=["token_cache"])


class StoredSalesforceTokens(SalesforceTokens):
    """Access for one user, or for an organization's integration user; not thread-safe, make one per job."""

    def __init__(
        self,
        owner: User | Organization,
        credentials: Callable[[], SalesforceCredentials],
        session: requests.Session,
    ) -> None:
        """Keep what is needed to sign in; nothing is sent yet.  Arguments as in :class:`StoredOutlookTokens`."""
        self._owner = owner
        self._make = credentials
        self._session = session
        self._in_hand: Access | None = None
        self._until_s = 0.0
        self._refused = ""

    def access(self) -> Access:
        """Return a token with its place; raises as the parent does."""
        if self._in_hand is None or time.monotonic() >= self._until_s:
            has_own = isinstance(self._owner, User)
            fields = ("token_cache", "refresh_token") if has_own else ("token_cache",)
            self._in_hand = _with_newest(self._owner, fields, self._bring)
            self._until_s = time.monotonic() + _IN_HAND_S
        return self._in_hand

    def forget(self) -> None:
        """Make the next :meth:`access` sign in anew: Salesforce did not accept the token."""
        self._refused, self._in_hand = (self._in_hand.token if self._in_hand else ""), None

    def _bring(self) -> Access:
        source = SalesforceTokens(
            self._make(), self._session, save=self._save, save_refresh_token=self._save_refresh
        )
        access = source.access()
        if access.token == self._refused:
            source.forget()
            access = source.access()
        return access

    def _save(self, cache: str) -> None:
        self._owner.token_cache = cache
        self._owner.save(update_fields=["token_cache"])

    def _save_refresh(self, refresh_token: str) -> None:
        if isinstance(self._owner, User):
            self._owner.refresh_token = refresh_token
            self._owner.save(update_fields=["refresh_token"])


def _with_newest(row: models.Model, fields: tuple[str, ...], fetch: Callable[[], T]) -> T:
    """Return what ``fetch`` does while nobody else does it for this row, after reading the row's fields again.

    A failure is raised only after what was saved is safe: a new refresh token must not be rolled back.
    """
    with _alone(row):
        row.refresh_from_db(fields=list(fields))
        outcome = _outcome(fetch)
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def _outcome(fetch: Callable[[], T]) -> T | ServiceError:
    try:
        return fetch()
    except ServiceError as error:
        return error


@contextmanager
def _alone(row: models.Model) -> Iterator[None]:
    """Hold the token lock of a row until the transaction ends.

    A lock of its own and not the row's: other columns may be written while a service takes its time.
    """
    kind = zlib.crc32(f"token of {row._meta.label}".encode()) - 2**31  # noqa: SLF001  # Django's documented interface
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::integer)", [kind, row.pk])
        yield
