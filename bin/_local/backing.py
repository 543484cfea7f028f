"""A PostgreSQL and a Valkey of their own for one run of the tests, gone when it ends."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _local import ports, postgres, valkey
from _local.places import LOCAL


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
            cluster.create("linkpoint")
            yield Backing(
                cluster.url("linkpoint"),
                server.url(),
                (folder / "postgres" / "postgres.log", folder / "valkey" / "valkey.log"),
            )
    finally:
        shutil.rmtree(folder)
