"""Read and set the rules of an organization, a profile or a user."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from linkpoint.accounts.commands import (
    OperatorCommand,
    Outcome,
    organization_of,
    table,
    user_of,
)
from linkpoint.accounts.models import Profile
from linkpoint.accounts.refusal import NotDone
from sync.core.settings import BadValue, SettingValue, from_word
from sync.wiring.policies import Level, set_state, set_values, settings_document

_TARGETS = "organization:ORG, profile:NAME@ORG or user:USER"


class Command(OperatorCommand):
    """``policy get|set|lock|unlock TARGET ...``."""

    help = "Read and set rules. Values are JSON or bare words; mode is a setting like the others."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["get", "set", "lock", "unlock"])
        parser.add_argument("target", help=_TARGETS)
        parser.add_argument("names", nargs="*", metavar="NAME or NAME=VALUE")

    def act(self, **options: Any) -> Outcome:
        verb, target, names = options["verb"], options["target"], options["names"]
        level = level_of(target)
        if verb != "get" and not names:
            raise NotDone(
                "Name at least one setting.", field="names", way=f"See policy get {target}."
            )
        try:
            changed = self._change(verb, level, names)
            settings = settings_document(level, changed)
        except BadValue as error:
            name, _separator, message = str(error).partition(": ")
            way = f"See policy get {target}."
            raise NotDone(message, field=name, way=way, kind="bad_value") from None
        rows = [[row["name"], row["value"], row["source"], row["state"]] for row in settings]
        lines = table(["setting", "value", "from", "state"], rows)
        return Outcome({"target": target, "settings": settings}, lines)

    def _change(self, verb: str, level: Level, names: Sequence[str]) -> Sequence[str]:
        """Carry out the verb and return the names it was about."""
        if verb == "set":
            values = dict(_pair(text) for text in names)
            set_values(level, values)
            return list(values)
        if verb != "get":
            set_state(level, names, "locked" if verb == "lock" else "default")
        return names


def level_of(target: str) -> Level:
    """Return the level that a TARGET names.

    Raises:
        NotDone: It names none.
    """
    kind, _, name = target.partition(":")
    if kind == "organization" and name:
        return Level(organization_of(name))
    if kind == "user" and name:
        user = user_of(name)
        return Level(user.organization, user=user)
    if kind == "profile" and "@" in name:
        profile_name, _, organization_id = name.rpartition("@")
        organization = organization_of(organization_id)
        profile = Profile.objects.filter(organization=organization, name=profile_name).first()
        if profile is None:
            way = "add_user --profile makes one."
            raise NotDone("There is no profile of this name.", field="target", way=way)
        return Level(organization, profile=profile)
    raise NotDone("This names nobody.", field="target", way=f"Give {_TARGETS}.")


def _pair(text: str) -> tuple[str, SettingValue]:
    name, equals, word = text.partition("=")
    if not equals:
        raise BadValue(f"{name}: give NAME=VALUE.")
    return name, from_word(name, word)
