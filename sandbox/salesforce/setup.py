"""What an org is made with: its settings, its app, its profiles, its first rows."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from sandbox.salesforce.records import Records
from sandbox.salesforce.tables.zones import USER_ZONES
from sandbox.salesforce.values import Row

ADMINISTRATOR = "System Administrator"
STANDARD = "Standard User"


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


def found(records: Records, org_id: str, name: str, *, my_domain: str, is_sandbox: bool) -> str:
    """Make the rows every org has; return the administrator's id."""
    admin_id = records.ids.make("005")
    for profile, mighty in ((ADMINISTRATOR, True), (STANDARD, False)):
        flags = {"PermissionsViewAllData": mighty, "PermissionsModifyAllData": mighty}
        place(records, "Profile", {"Name": profile, "UserType": "Standard", **flags}, by=admin_id)
    organization: Row = {
        "Id": org_id,
        "Name": name,
        "Country": "DE",
        "PrimaryContact": "Admin",
        "FiscalYearStartMonth": 1,
        "TimeZoneSidKey": "Europe/Berlin",
        "LanguageLocaleKey": "en_US",
        "DefaultLocaleSidKey": "en_US",
        "InstanceName": "DEU42",
        "IsSandbox": is_sandbox,
        "NumKnowledgeService": 0,
        "IsReadOnly": False,
    }
    place(records, "Organization", organization, by=admin_id)
    settings: UserSettings = {"username": f"admin@{my_domain}.example", "name": "Org Admin"}
    admin = user_row(settings, profile_id(records, ADMINISTRATOR))
    return place(records, "User", {"Id": admin_id, **admin}, by=admin_id)


def profile_id(records: Records, name: str) -> str:
    """Return the id of a profile.

    Raises:
        ValueError: There is none of that name.
    """
    profiles = {str(row["Name"]): str(row["Id"]) for row in records.tables["Profile"].values()}
    if name not in profiles:
        raise ValueError(f"profile: must be one of {sorted(profiles)}")
    return profiles[name]


def place(records: Records, kind: str, row: Row, *, by: str) -> str:
    """Put a row of setup into its table without the checks of a save; return its id."""
    sobject = records.objects[kind]
    now = records.now()
    whole: Row = {"IsDeleted": False}
    for one in sobject.fields.values():
        whole[one.name] = False if one.type == "boolean" else one.default or None
    whole |= {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    whole |= {"CreatedById": by, "LastModifiedById": by, **row}
    record_id = str(whole["Id"] or records.ids.make(sobject.prefix))
    records.tables[kind][record_id] = whole | {"Id": record_id}
    return record_id


def user_row(settings: UserSettings, profile: str) -> Row:
    """Return the fields of a User; ``profile`` is the id of one.

    Raises:
        ValueError: Salesforce has no such time zone.
    """
    zone = settings.get("time_zone", "Europe/Berlin")
    if zone not in USER_ZONES:
        raise ValueError(f"time_zone: {zone} is not among the time zones of Salesforce")
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
    row |= {"IsActive": True, "ProfileId": profile, "UserType": "Standard"}
    row |= {"TimeZoneSidKey": zone, "LocaleSidKey": settings.get("locale", "de_DE")}
    return row | {"LanguageLocaleKey": settings.get("language", "en_US")}
