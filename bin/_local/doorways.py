"""Which ports the demo listens on: the usual ones, those of the last time, or others where they are taken."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from _local import ports

_USUAL = {"app": 8000, "sandbox": 8100, "postgres": 8132, "valkey": 8179}


@dataclass(frozen=True, slots=True)
class Doorways:
    """The ports of one run.

    Attributes:
        moved: The app or the sandbox is elsewhere than the last time.
    """

    app: int
    sandbox: int
    postgres: int
    valkey: int
    moved: bool = False

    @classmethod
    def choose(cls, memory: Path) -> Self:
        """Return free ports, the same as the last time where possible; remember them in ``memory``."""
        known: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
        chosen: dict[str, int] = {}
        for name, usual in _USUAL.items():
            wanted = known.get(name, usual)
            while (port := ports.choose(wanted)) in chosen.values():
                wanted = 0
            chosen[name] = port
        memory.write_text(json.dumps(chosen) + "\n")
        moved = any(known.get(name, chosen[name]) != chosen[name] for name in ("app", "sandbox"))
        return cls(**chosen, moved=moved)

    @property
    def app_url(self) -> str:
        """Return where LinkPoint is; another site than the sandbox, as in a real Salesforce."""
        return f"http://localhost:{self.app}"

    @property
    def sandbox_url(self) -> str:
        """Return where the emulated services and their pages are."""
        return f"http://127.0.0.1:{self.sandbox}"

    def loopback_hosts(self) -> dict[str, str]:
        """Return what LOOPBACK_HOSTS says: every host of both services is the sandbox."""
        hosts = (
            *("login.microsoftonline.com", "graph.microsoft.com", "login.salesforce.com"),
            *("test.salesforce.com", "*.my.salesforce.com", "*.lightning.force.com"),
        )
        return dict.fromkeys(hosts, self.sandbox_url)
