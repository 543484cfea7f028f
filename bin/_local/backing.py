"""What one run of the tests stands on: a PostgreSQL and a Valkey of its own, an environment, a folder for logs."""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _local import ports, postgres, valkey
from _local.places import LOCAL, TEST_LOGS
from _local.secrets_file import fernet_key

_KEPT_RUNS = 5
_YOUNG_S = 3600
_OURS = (
    *("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "PUBLIC_URL"),
    *("SALESFORCE_API_VERSION", "LOOPBACK_HOSTS", "SUPPORT_CONTACT", "LOG_FILE"),
)


@dataclass(frozen=True, slots=True)
class Backing:
    """Where the two listen, and where they log.

    Attributes:
        database_url: For ``DATABASE_URL``; the database ``linkpoint`` is there and empty.
        redis_url: For ``REDIS_URL``; database 0 of 64.
        logs: What the two wrote so far.
    """

    database_url: str
    redis_url: str
    logs: tuple[Path, ...]


@contextlib.contextmanager
def throwaway() -> Iterator[Backing]:
    """Yield fresh services on free ports, fast and forgetful; stop them and remove their files afterwards.

    Raises:
        CannotRun: One of them did not start; the message says why.
    """
    folder = LOCAL / "test" / str(os.getpid())
    password = "hush-" + secrets.token_hex(12)
    folder.mkdir(parents=True)
    try:
        with contextlib.ExitStack() as running:
            cluster = postgres.start(
                folder / "postgres", port=ports.choose(), password=password, durable=False
            )
            running.callback(cluster.stop)
            server = valkey.start(folder / "valkey", port=ports.choose(), password=password)
            running.callback(server.stop)
            postgres.create(cluster.url("linkpoint"))
            yield Backing(
                cluster.url("linkpoint"),
                server.url(),
                (folder / "postgres" / "postgres.log", folder / "valkey" / "valkey.log"),
            )
    finally:
        shutil.rmtree(folder)


def log_folder() -> Path:
    """Return a new folder for what this run logs; forget the oldest runs."""
    TEST_LOGS.mkdir(parents=True, exist_ok=True)
    for old in sorted(TEST_LOGS.iterdir())[: -_KEPT_RUNS + 1]:
        if time.time() - old.stat().st_mtime > _YOUNG_S:  # a younger one may be of a run beside us
            shutil.rmtree(old, ignore_errors=True)
    folder = TEST_LOGS / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir()
    return folder


def environment_for_tests(backing: Backing, *, logs: Path, chromium: str | None) -> dict[str, str]:
    """Return the environment of the tests: nothing of the caller's settings, secrets made for this run."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
    return inherited | {
        "SECRET_KEY": "hush-" + secrets.token_hex(24),
        "FIELD_KEYS": fernet_key(),
        "DATABASE_URL": backing.database_url,
        "REDIS_URL": backing.redis_url,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "LOG_FILE": str(logs / "product.log"),
        "LINKPOINT_TEST_LOGS": str(logs),
        "CHROMIUM": chromium or "",
    }
