"""The emulated Salesforce: every org, and one org with its people, its rows and its keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NotRequired, TypedDict, Unpack

from sandbox.salesforce import actions
from sandbox.salesforce.access import Caller
from sandbox.salesforce.errors import ApiError, ApiErrors
from sandbox.salesforce.guard import Guard
from sandbox.salesforce.ids import IdMint, looks_like_id, to_18
from sandbox.salesforce.invitees import Store
from sandbox.salesforce.records import Clock
from sandbox.salesforce.schema import SObject, parse_field
from sandbox.salesforce.signed_request import (
    CanvasApp,
    Placement,
    canvas_context,
    sign,
    signed_payload,
)
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.tables.activities import KEY_FIELD
from sandbox.salesforce.tokens import Session, Tokens
from sandbox.salesforce.values import Row, render

ADMINISTRATOR = "System Administrator"
STANDARD = "Standard User"
MY_DOMAIN_SUFFIXES = (".my.salesforce.com", ".lightning.force.com")


class OrgSettings(TypedDict):
    """What ``Salesforce.add_org`` takes.

    ``my_domain`` is what stands before ``.my.salesforce.com``; ``app_url`` the address of the product's Canvas page;
    ``callback_urls`` the only redirect addresses (empty: any on loopback or beside ``app_url``).
    """

    organization_id: str
    my_domain: NotRequired[str]
    name: NotRequired[str]
    consumer_key: NotRequired[str]
    consumer_secret: NotRequired[str]
    jwt_certificate_or_public_key_pem: NotRequired[str]
    app_url: NotRequired[str]
    callback_urls: NotRequired[tuple[str, ...]]
    is_sandbox: NotRequired[bool]
    with_key_field: NotRequired[bool]


class UserSettings(TypedDict):
    """What ``Org.add_user`` takes; ``profile`` is ``Standard User`` or ``System Administrator``."""

    username: str
    name: NotRequired[str]
    email: NotRequired[str]
    time_zone: NotRequired[str]
    locale: NotRequired[str]
    language: NotRequired[str]
    profile: NotRequired[str]


@dataclass
class ConnectedApp:
    """The product as the org knows it: keys, address, run-as user of client credentials."""

    consumer_key: str
    consumer_secret: str
    jwt_pem: str
    app_url: str
    callback_urls: tuple[str, ...] = ()
    run_as: str = ""
    canvas_approved: set[str] = field(default_factory=set)


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
        self.profiles: dict[str, str] = {}
        self.admin_id = self._found(settings.get("name", "Acme"))
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

    def _found(self, name: str) -> str:
        """Make the rows every org has; return the administrator's id."""
        admin_id = self.store.ids.make("005")
        system = Caller(admin_id, view_all=True)
        for profile, mighty in ((ADMINISTRATOR, True), (STANDARD, False)):
            flags = {"PermissionsViewAllData": mighty, "PermissionsModifyAllData": mighty}
            self.profiles[profile] = self._place(
                system, "Profile", {"Name": profile, "UserType": "Standard", **flags}
            )
        organization: Row = {
            "Name": name,
            "Country": "DE",
            "PrimaryContact": "Admin",
            "FiscalYearStartMonth": 1,
        }
        organization |= {"TimeZoneSidKey": "Europe/Berlin", "LanguageLocaleKey": "en_US"}
        organization |= {
            "DefaultLocaleSidKey": "en_US",
            "InstanceName": "DEU42",
            "IsSandbox": self.is_sandbox,
        }
        organization |= {"NumKnowledgeService": 0, "IsReadOnly": False}
        self._place(system, "Organization", organization, record_id=self.id)
        admin = _user_row(
            {"username": f"admin@{self.my_domain}.example", "name": "Org Admin"},
            self.profiles[ADMINISTRATOR],
        )
        return self._place(system, "User", admin, record_id=admin_id)

    def _place(self, system: Caller, kind: str, row: Row, *, record_id: str = "") -> str:
        """Put a row of setup into its table without the checks of a save."""
        sobject = self.store.objects[kind]
        record_id = record_id or self.store.ids.make(sobject.prefix)
        now = self.store.now()
        whole: Row = {"IsDeleted": False} | {
            one.name: False if one.type == "boolean" else one.default or None
            for one in sobject.fields.values()
        }
        whole |= row
        whole |= {
            "Id": record_id,
            "CreatedDate": now,
            "LastModifiedDate": now,
            "SystemModstamp": now,
        }
        whole |= {"CreatedById": system.user_id, "LastModifiedById": system.user_id}
        self.store.tables[kind][record_id] = whole
        return record_id

    # ---- people ------------------------------------------------------------------------------

    def add_user(self, **settings: Unpack[UserSettings]) -> str:
        """Add a person and return the 18-character user id.

        Raises:
            ValueError: The username is taken, or there is no such profile.
        """
        if self.user(settings["username"]) is not None:
            raise ValueError(f"username: {settings['username']} is taken")
        profile = settings.get("profile", STANDARD)
        if profile not in self.profiles:
            raise ValueError(f"profile: must be one of {sorted(self.profiles)}")
        with self.lock:
            row = _user_row(settings, self.profiles[profile])
            return self._place(Caller(self.admin_id), "User", row)

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


def _user_row(settings: UserSettings, profile_id: str) -> Row:
    username = settings["username"].casefold()
    name = settings.get("name", "") or username.partition("@")[0].replace(".", " ").title()
    first, _, last = name.rpartition(" ")
    nickname = username.partition("@")[0]
    row: Row = {"Username": username, "Name": name, "FirstName": first or None, "LastName": last}
    row |= {
        "Email": settings.get("email", username).lower(),
        "Alias": nickname[:8],
        "CommunityNickname": nickname[:40],
    }
    row |= {"IsActive": True, "ProfileId": profile_id, "UserType": "Standard"}
    row |= {"TimeZoneSidKey": settings.get("time_zone", "Europe/Berlin")}
    row |= {"LocaleSidKey": settings.get("locale", "de_DE")}
    row |= {"LanguageLocaleKey": settings.get("language", "en_US")}
    return row


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
        fields: dict[str, object] | None = None,
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
        request = actions.Request(as_, sobject, record_id, fields or {})
        try:
            with org.lock:
                return actions.OPS[op](org, request)
        except ApiErrors as several:
            raise several.errors[0] from several
