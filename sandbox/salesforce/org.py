"""The emulated Salesforce: every org, and one org with its people, its rows and its keys."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Unpack

from sandbox.salesforce import actions
from sandbox.salesforce.access import Caller
from sandbox.salesforce.errors import ApiError, ApiErrors
from sandbox.salesforce.guard import Guard
from sandbox.salesforce.ids import IdMint, looks_like_id, to_18
from sandbox.salesforce.records import Clock
from sandbox.salesforce.schema import SObject, parse_field
from sandbox.salesforce.setup import (
    STANDARD,
    ConnectedApp,
    OrgSettings,
    UserSettings,
    found,
    place,
    profile_id,
    user_row,
)
from sandbox.salesforce.signed_request import (
    CanvasApp,
    Placement,
    canvas_context,
    sign,
    signed_payload,
)
from sandbox.salesforce.store import Store
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.tables.activities import KEY_FIELD
from sandbox.salesforce.tokens import Session, Tokens
from sandbox.salesforce.values import Row, render

MY_DOMAIN_SUFFIXES = (".my.salesforce.com", ".lightning.force.com")


class Org:
    """One organization."""

    def __init__(self, clock: Clock, switches: Switches, settings: OrgSettings) -> None:
        given = settings["organization_id"]
        if not given.startswith("00D") or not looks_like_id(given):
            raise ValueError("organization_id: must be a Salesforce id that starts with 00D")
        self.id = to_18(given)
        self.clock = clock
        self.switches = switches
        self.lock = Guard()
        self.my_domain = settings.get("my_domain", "acme")
        self.is_sandbox = settings.get("is_sandbox", False)
        self.app = ConnectedApp(
            consumer_key=settings.get("consumer_key", ""),
            consumer_secret=settings.get("consumer_secret", ""),
            jwt_pem=settings.get("jwt_certificate_or_public_key_pem", ""),
            app_url=settings.get("app_url", ""),
            callback_urls=tuple(settings.get("callback_urls", ())),
        )
        self.store = Store(clock, switches, IdMint(self.id[3:6] + "00"))
        self.tokens = Tokens(self.id, self.app.consumer_secret)
        self.locators: dict[str, list[dict[str, object]]] = {}
        self.api_calls = 0
        self.writes = 0
        self.admin_id = found(
            self.store,
            self.id,
            settings.get("name", "Acme"),
            my_domain=self.my_domain,
            is_sandbox=self.is_sandbox,
        )
        if settings.get("with_key_field", True):
            self.deploy_key_field()

    # ---- who it is ---------------------------------------------------------------------------

    @property
    def instance_url(self) -> str:
        """Where its API and pages are."""
        return f"https://{self.my_domain}.my.salesforce.com"

    @property
    def name(self) -> str:
        """The organization's name."""
        return str(self.store.tables["Organization"][self.id]["Name"])

    # ---- people ------------------------------------------------------------------------------

    def add_user(self, **settings: Unpack[UserSettings]) -> str:
        """Add a person and return the 18-character user id.

        Raises:
            ValueError: The username is taken, or there is no such profile.
        """
        if self.user(settings["username"]) is not None:
            raise ValueError(f"username: {settings['username']} is taken")
        profile = profile_id(self.store, settings.get("profile", STANDARD))
        with self.lock:
            return place(self.store, "User", user_row(settings, profile), by=self.admin_id)

    def user(self, who: str) -> Row | None:
        """Return the user of a username or user id."""
        users = self.store.tables["User"]
        if looks_like_id(who) and to_18(who) in users:
            return users[to_18(who)]
        folded = who.casefold()
        return next((row for row in users.values() if str(row["Username"]) == folded), None)

    def users(self) -> list[Row]:
        """Return the active people, the administrator last."""
        rows = [row for row in self.store.tables["User"].values() if row["IsActive"]]
        return sorted(rows, key=lambda row: row["Id"] == self.admin_id)

    def caller(self, who: str | None, version: int = 66) -> Caller:
        """Return the user as somebody who acts; None is the administrator.

        Raises:
            ValueError: No such user.
        """
        row = self.user(who or self.admin_id)
        if row is None:
            raise ValueError(f"as: no user {who} in this org")
        profile = self.store.tables["Profile"].get(str(row["ProfileId"]), {})
        mighty = bool(profile.get("PermissionsViewAllData"))
        return Caller(str(row["Id"]), view_all=mighty, version=version)

    # ---- rows, for tests and pages -----------------------------------------------------------

    def sobject(self, name: str) -> SObject:
        """Return an object by its name in any case.

        Raises:
            ApiError: There is none.
        """
        folded = name.casefold()
        for one in self.store.objects.values():
            if one.name.casefold() == folded:
                return one
        raise ApiError("NOT_FOUND", "The requested resource does not exist")

    def create(self, sobject: str, fields: Mapping[str, object], as_user: str | None = None) -> str:
        """Save a new row as a person would and return its id.

        Raises:
            ApiError: Refused.
        """
        with self.lock:
            return self.store.insert(self.caller(as_user), self.sobject(sobject), fields)

    def update(
        self, sobject: str, record_id: str, fields: Mapping[str, object], as_user: str | None = None
    ) -> None:
        """Save changes as a person would.

        Raises:
            ApiError: Refused.
        """
        with self.lock:
            self.store.update(self.caller(as_user), self.sobject(sobject), record_id, fields)

    def delete(self, sobject: str, record_id: str, as_user: str | None = None) -> None:
        """Delete a row as a person would.

        Raises:
            ApiError: Refused.
        """
        with self.lock:
            self.store.delete(self.caller(as_user), self.sobject(sobject), record_id)

    def undelete(self, record_id: str, as_user: str | None = None) -> None:
        """Take a row out of the recycle bin.

        Raises:
            ApiError: It is not there.
        """
        with self.lock:
            self.store.undelete(self.caller(as_user), record_id)

    def rows(self, sobject: str, *, include_deleted: bool = False) -> list[dict[str, object]]:
        """Return all rows of an object with every field as JSON, by id."""
        with self.lock:
            table = self.store.tables[self.sobject(sobject).name]
            return [
                {name: render(value) for name, value in table[record_id].items()}
                for record_id in sorted(table)
                if include_deleted or not table[record_id]["IsDeleted"]
            ]

    # ---- setup -------------------------------------------------------------------------------

    def deploy_key_field(self) -> None:
        """Add the custom field ``LinkPoint_Key__c`` to Activity."""
        one = parse_field(KEY_FIELD)
        with self.lock:
            self.store.objects["Event"].fields[one.name] = one
            for row in self.store.tables["Event"].values():
                row.setdefault(one.name, None)

    def remove_key_field(self) -> None:
        """Delete the custom field and what is in it."""
        name = parse_field(KEY_FIELD).name
        with self.lock:
            self.store.objects["Event"].fields.pop(name, None)
            for row in self.store.tables["Event"].values():
                row.pop(name, None)

    @property
    def has_key_field(self) -> bool:
        """Whether ``LinkPoint_Key__c`` is deployed."""
        return "LinkPoint_Key__c" in self.store.objects["Event"].fields

    # ---- sessions and Canvas -----------------------------------------------------------------

    def session(self, token: str) -> Session | None:
        """Return the living session of an access token."""
        lifetime = timedelta(minutes=self.switches.number("session_minutes"))
        return self.tokens.session(token, self.clock.now(), lifetime)

    def end_sessions(self, username: str = "") -> int:
        """End the sessions of one person, or of all; return how many there were."""
        row = self.user(username) if username else None
        if username and row is None:
            raise ValueError(f"as: no user {username} in this org")
        return self.tokens.end_sessions(str(row["Id"]) if row else "")

    def signed_request(
        self, username: str, record_id: str | None = None, **overrides: object
    ) -> str:
        """Return the signed request that Salesforce would post into the Canvas frame.

        Args:
            username: Who looks.
            record_id: The record whose page it is; None off record pages.
            overrides: Members that replace those of the payload, by dotted path with ``__`` for the dots
                (``client__instanceId="x"``, ``context__organization__name="y"``).

        Raises:
            ValueError: No such user or record.
        """
        with self.lock:
            user = self.user(username)
            if user is None:
                raise ValueError(f"username: no user {username} in this org")
            place = Placement(record=self._record_of(record_id), overrides=overrides)
            scope = "full"
            token = self.tokens.open_session(str(user["Id"]), "canvas", scope, self.clock.now())
            payload = signed_payload(self._canvas_app(), user, place, token)
            return sign(payload, self.app.consumer_secret)

    def canvas_context(self, username: str, record_id: str | None = None) -> dict[str, object]:
        """Return the ``context`` of a signed request, which the SDK's ``ctx`` asks for.

        Raises:
            ValueError: No such user or record.
        """
        user = self.user(username)
        if user is None:
            raise ValueError(f"username: no user {username} in this org")
        place = Placement(record=self._record_of(record_id))
        return canvas_context(self._canvas_app(), user, place)

    def _record_of(self, record_id: str | None) -> tuple[str, Row] | None:
        if not record_id:
            return None
        row, sobject = self.store.living(record_id), self.store.object_of(record_id)
        if row is None or sobject is None:
            raise ValueError(f"record_id: no record {record_id} in this org")
        return sobject.name, row

    def _canvas_app(self) -> CanvasApp:
        return CanvasApp(
            org_id=self.id,
            org_name=self.name,
            instance_url=self.instance_url,
            app_url=self.app.app_url,
            version=self.switches.number("newest_version") - 1,
            now=self.clock.now(),
        )


class Salesforce:
    """All orgs of the emulated Salesforce.

    Attributes:
        counters: ``salesforce`` API calls, ``salesforce_writes`` rows that an API call asked to write.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.switches = Switches()
        self.counters: dict[str, int] = {"salesforce": 0, "salesforce_writes": 0}
        self.orgs: dict[str, Org] = {}

    def add_org(self, **settings: Unpack[OrgSettings]) -> Org:
        """Add an org with an administrator and nobody else.

        Raises:
            ValueError: The id or the my domain name is taken or malformed.
        """
        org = Org(self.clock, self.switches, settings)
        if org.id in self.orgs or self.org_at(f"{org.my_domain}.my.salesforce.com"):
            raise ValueError(f"organization_id: {org.id} or its my_domain is taken")
        self.orgs[org.id] = org
        return org

    def org_at(self, host: str) -> Org | None:
        """Return the org of a My Domain or Lightning host."""
        name = host.partition(":")[0].lower()
        for suffix in MY_DOMAIN_SUFFIXES:
            if name.endswith(suffix):
                label = name.removesuffix(suffix)
                return next((org for org in self.orgs.values() if org.my_domain == label), None)
        return None

    def org_of_user(self, username: str) -> Org | None:
        """Return the org in which the username is."""
        return next((org for org in self.orgs.values() if org.user(username)), None)

    def org_of_client(self, consumer_key: str) -> Org | None:
        """Return the first org that knows the consumer key."""
        return next(
            (org for org in self.orgs.values() if org.app.consumer_key == consumer_key), None
        )

    def act(
        self,
        as_: str,
        op: str,
        *,
        sobject: str = "Event",
        record_id: str = "",
        fields: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """Do something as a person or as an administrator would; for the control API.

        Args:
            as_: Username.
            op: One of ``sandbox.salesforce.actions.OPS``.
            sobject: Kind of row.
            record_id: Which row.
            fields: What to write, or further arguments.

        Raises:
            ValueError: No such user or op, with the name of the argument.
            ApiError: Salesforce refuses.
        """
        org = self.org_of_user(as_)
        if org is None:
            raise ValueError(f"as: no Salesforce user {as_}")
        if op not in actions.OPS:
            raise ValueError(f"op: must be one of {sorted(actions.OPS)}")
        request = actions.Request(as_, sobject, record_id, dict(fields or {}))
        try:
            with org.lock:
                return actions.OPS[op](org, request)
        except ApiErrors as several:
            raise several.errors[0] from several
