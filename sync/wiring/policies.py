"""Setting rules on a level, and what has to happen in the mailboxes they reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Least
from django.utils import timezone

from linkpoint.accounts.models import Mailbox, Organization, Profile, User
from sync.core.settings import (
    LEVELS,
    SETTINGS,
    BadValue,
    Policy,
    SettingValue,
    Stored,
    resolve,
    setting_named,
)
from sync.models import Link, MailboxState, PolicyValue, Subscription
from sync.store.forgetting import forget_private_items

_BOUND = ("locked", "hidden")


@dataclass(frozen=True, slots=True)
class Level:
    """Where a value is set: exactly an organization, one of its profiles, or one of its users."""

    organization: Organization
    profile: Profile | None = None
    user: User | None = None

    @property
    def name(self) -> str:
        """Return ``organization``, ``profile`` or ``user``."""
        if self.user is not None:
            return "user"
        return "profile" if self.profile is not None else "organization"

    def rows(self) -> QuerySet[PolicyValue]:
        """Return the values set here."""
        return PolicyValue.objects.filter(
            organization=self.organization, level=self.name, profile=self.profile, user=self.user
        )

    def mailboxes(self) -> QuerySet[Mailbox]:
        """Return the mailboxes that a value set here may reach."""
        boxes = Mailbox.objects.filter(organization=self.organization)
        if self.user is not None:
            return boxes.filter(user=self.user)
        return boxes.filter(user__profile=self.profile) if self.profile is not None else boxes

    def policy(self) -> Policy:
        """Return what is in force for somebody at this level."""
        if self.user is not None:
            return PolicyValue.objects.all().policy_of(self.user)
        above: dict[str, list[Stored]] = {level: [] for level in LEVELS}
        wanted = Q(level="organization")
        if self.profile is not None:
            wanted |= Q(level="profile", profile=self.profile)
        for row in PolicyValue.objects.filter(wanted, organization=self.organization):
            above[row.level].append(row.stored())
        return resolve(above["organization"], above["profile"])


@transaction.atomic
def set_values(level: Level, values: Mapping[str, SettingValue]) -> None:
    """Set values on a level, all or none.

    Args:
        level: Where.
        values: As the settings table parsed them.

    Raises:
        BadValue: A value is bound further up, belongs to another level, or the mode is not allowed.
    """
    for name, value in values.items():
        _check_level(level, name)
        bound = _bound_above(level, name)
        if bound is not None:
            raise BadValue(f"{name}: it is {bound[1]} by the {bound[0]}. Unlock it there first.")
        PolicyValue.objects.update_or_create(
            organization=level.organization,
            level=level.name,
            profile=level.profile,
            user=level.user,
            name=name,
            defaults={"value": _json(value)},
        )
    _check_mode(level, values)
    _follow(level, values)


@transaction.atomic
def set_state(level: Level, names: Sequence[str], state: str) -> None:
    """Lock or unlock settings on an organization or profile; a lock keeps the value that is in force there.

    Raises:
        BadValue: A user cannot lock, or a name is unknown.
    """
    if level.user is not None:
        raise BadValue("target: settings are locked for an organization or a profile.")
    before = level.policy()
    for name in names:
        _check_level(level, name)
        row = level.rows().filter(name=name).first()
        if row is None and state == "default":
            continue
        PolicyValue.objects.update_or_create(
            organization=level.organization,
            level=level.name,
            profile=level.profile,
            user=None,
            name=name,
            defaults={"state": state},
            create_defaults={"state": state, "value": _json(before.values[name].value)},
        )
    _follow(level, names)


def _check_level(level: Level, name: str) -> None:
    levels = setting_named(name).levels
    if level.name not in levels:
        raise BadValue(f"{name}: it is set for the {' or the '.join(levels)} only.")


def _bound_above(level: Level, name: str) -> tuple[str, str] | None:
    """Return the level further up that binds a setting and how; None if none does."""
    above = Q(level="organization") if level.name != "organization" else Q(pk__in=[])
    if level.user is not None and level.user.profile is not None:
        above |= Q(level="profile", profile=level.user.profile)
    row = (
        PolicyValue.objects.filter(above, organization=level.organization, name=name)
        .filter(state__in=_BOUND)
        .order_by("level")
        .first()
    )
    return (row.level, row.state) if row else None


def _check_mode(level: Level, values: Mapping[str, SettingValue]) -> None:
    policy = level.policy()
    mode = policy.text("mode")
    if "mode" in values and mode != "off" and mode not in policy.names("modes_allowed"):
        raise BadValue(
            f"mode: {mode} is not allowed here; choose from "
            + ", ".join((*policy.names("modes_allowed"), "off"))
            + "."
        )


def _follow(level: Level, names: Sequence[str] | Mapping[str, object]) -> None:
    """Let mailboxes follow: what waited for a person is planned again, and private items are read or forgotten."""
    boxes = list(level.mailboxes().values_list("pk", flat=True))
    waiting = Q(state=Link.State.CONFLICT) | ~Q(problem="")
    Link.objects.filter(waiting, mailbox__in=boxes).exclude(state=Link.State.DEAD).update(
        touched=F("touched") + 1
    )
    now = timezone.now()
    states = MailboxState.objects.filter(mailbox__in=boxes)
    soon = now + timedelta(minutes=level.policy().number("frequency_minutes"))
    states.update(next_poll_at=Least("next_poll_at", Value(soon)))
    if "push_on_change" in names:
        states.update(subscribe_at=now)
        Subscription.objects.filter(mailbox__in=boxes).update(renew_at=now)
    if "private" in names:
        _follow_private(boxes, states)


def _follow_private(boxes: Sequence[int], states: QuerySet[MailboxState]) -> None:
    """Forget texts that are not to be kept any more; read everything again, since more may be kept now."""
    hiding = [
        box.pk
        for box in Mailbox.objects.filter(pk__in=boxes).select_related("user")
        if PolicyValue.objects.all().policy_of(box.user).text("private") != "full_and_private"
    ]
    forget_private_items(hiding)
    states.update(window_start=None, window_end=None, next_poll_at=timezone.now())


def _json(value: SettingValue) -> object:
    return list(value) if isinstance(value, tuple) else value


def settings_document(level: Level, names: Sequence[str] = ()) -> list[dict[str, object]]:
    """Return settings in force at a level as commands print them; without names all of them.

    Raises:
        BadValue: A name is unknown.
    """
    policy = level.policy()
    return [
        {
            "name": row.name,
            "value": _json(row.value),
            "source": row.source,
            "state": row.state,
        }
        for row in (policy.values[setting_named(name).name] for name in (names or SETTINGS))
    ]
