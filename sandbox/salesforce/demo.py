"""The demonstration org: two people, and the records their meetings are about."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.salesforce.org import Org, Salesforce

ORGANIZATION_ID = "00D5g00000AcmeXEAR"
HANNA = "hanna.weiss@acme.example"
JONAS = "jonas.lindqvist@acme.example"
_ZONE = ZoneInfo("Europe/Berlin")

_ACCOUNTS = (
    ("Nordlicht Solar GmbH", "Energy", "Hamburg", "https://nordlicht.example"),
    ("Kupferberg Maschinenbau AG", "Machinery", "Stuttgart", "https://kupferberg.example"),
    ("Fjord Analytics", "Technology", "Oslo", "https://fjord.example"),
)
_CONTACTS = (
    ("Lena", "Hartmann", "lena.hartmann@nordlicht.example", "Head of Purchasing", 0),
    ("Milan", "Novak", "milan.novak@nordlicht.example", "Plant Engineer", 0),
    ("Sofia", "Keller", "sofia.keller@kupferberg.example", "Managing Director", 1),
    ("Erik", "Lund", "erik.lund@fjord.example", "CTO", 2),
)
_LEADS = (
    ("Amara", "Okafor", "amara.okafor@brightpath.example", "Brightpath Logistics"),
    ("Tomás", "Ruiz", "tomas.ruiz@casaverde.example", "Casa Verde"),
)
_OPPORTUNITIES = (
    ("Nordlicht rooftop rollout", "Proposal/Price Quote", 120_000, 0, 30),
    ("Kupferberg service contract", "Negotiation/Review", 48_000, 1, 12),
    ("Fjord pilot", "Qualification", 9_500, 2, 60),
)


def seed(
    salesforce: Salesforce,
    now: datetime,
    *,
    app_url: str,
    consumer_key: str,
    consumer_secret: str,
    jwt_public_key_pem: str,
) -> Org:
    """Make the org of the demonstration, or renew address and keys of the one that is there; return it.

    Args:
        salesforce: Where to make it.
        now: The present; the few events of the org stand in its week.
        app_url: Address of the product's Canvas page.
        consumer_key: Key of the connected app.
        consumer_secret: Signs the Canvas requests.
        jwt_public_key_pem: Checks JWT assertions; may be empty.
    """
    known = salesforce.orgs.get(ORGANIZATION_ID)
    if known is not None:
        known.app.app_url = app_url
        known.app.consumer_key, known.app.consumer_secret = consumer_key, consumer_secret
        known.app.jwt_pem = jwt_public_key_pem
        return known
    org = salesforce.add_org(
        organization_id=ORGANIZATION_ID,
        my_domain="acme",
        name="Acme",
        consumer_key=consumer_key,
        consumer_secret=consumer_secret,
        jwt_certificate_or_public_key_pem=jwt_public_key_pem,
        app_url=app_url,
        with_key_field=True,
    )
    org.add_user(username=HANNA, name="Hanna Weiss", time_zone="Europe/Berlin", locale="en_GB")
    org.add_user(username=JONAS, name="Jonas Lindqvist", time_zone="Europe/Berlin", locale="de_DE")
    accounts = _accounts(org)
    contacts = _people(org, accounts)
    opportunities = _opportunities(org, accounts, now)
    _events(org, now, contacts, opportunities)
    return org


def _accounts(org: Org) -> list[str]:
    return [
        org.create(
            "Account",
            {"Name": name, "Industry": industry, "BillingCity": city, "Website": website},
            HANNA,
        )
        for name, industry, city, website in _ACCOUNTS
    ]


def _people(org: Org, accounts: list[str]) -> list[str]:
    contacts = [
        org.create(
            "Contact",
            {
                "FirstName": first,
                "LastName": last,
                "Email": email,
                "Title": title,
                "AccountId": accounts[place],
            },
            HANNA,
        )
        for first, last, email, title, place in _CONTACTS
    ]
    for first, last, email, company in _LEADS:
        lead = {"FirstName": first, "LastName": last, "Email": email, "Company": company}
        org.create("Lead", {**lead, "Status": "Working - Contacted"}, HANNA)
    return contacts


def _opportunities(org: Org, accounts: list[str], now: datetime) -> list[str]:
    return [
        org.create(
            "Opportunity",
            {
                "Name": name,
                "StageName": stage,
                "Amount": amount,
                "AccountId": accounts[place],
                "CloseDate": (now + timedelta(days=days)).date().isoformat(),
            },
            HANNA,
        )
        for name, stage, amount, place, days in _OPPORTUNITIES
    ]


def _events(org: Org, now: datetime, contacts: list[str], opportunities: list[str]) -> None:
    """Give the calendar a past of its own: three events that nobody recorded from Outlook."""
    monday = now.astimezone(_ZONE).date() - timedelta(days=now.astimezone(_ZONE).weekday())

    def at(day: int, hour: int, minute: int = 0) -> str:
        local = datetime.combine(monday + timedelta(days=day), time(hour, minute), _ZONE)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    org.create(
        "Event",
        {
            "Subject": "Call with Lena Hartmann",
            "StartDateTime": at(1, 15),
            "DurationInMinutes": 30,
            "WhoId": contacts[0],
            "WhatId": opportunities[0],
        },
        HANNA,
    )
    org.create(
        "Event",
        {
            "Subject": "Trade fair Hannover",
            "IsAllDayEvent": True,
            "ActivityDate": (monday + timedelta(days=3)).isoformat(),
            "DurationInMinutes": 1440,
            "ShowAs": "OutOfOffice",
            "Location": "Hannover",
        },
        JONAS,
    )
    org.create(
        "Event",
        {
            "Subject": "Forecast review",
            "StartDateTime": at(4, 10),
            "DurationInMinutes": 45,
            "Location": "Room 3.12",
        },
        JONAS,
    )
