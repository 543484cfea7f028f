"""The whole product as real processes over a sandbox: web, worker, clock, a database of its own.

Tests act through the browser, the operator commands and the sandbox, as people and administrators do.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import requests
from _local.preparation import collect_static
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from psycopg import sql

from sandbox.server import Sandbox
from sandbox.server import start as start_sandbox

ROOT = Path(__file__).resolve().parent.parent
ORGANIZATION = "00D5g000000ACMEEA4"
TENANT = "9a1f2c3d-0000-4000-8000-00000000acee"
CLIENT = "5b6c7d8e-0000-4000-8000-0000000c11e0"
CONSUMER_KEY = "acme-consumer-key"
PERSON = "hanna.weiss@acme.example"
ZONE = "Europe/Berlin"


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], *, timeout_s: float = 60, what: str = "it") -> None:
    """Return when ``ready`` is true; fail with what was awaited otherwise."""
    end = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s:g} s for {what}")
        time.sleep(0.05)


def session_members(leader: int) -> list[int]:
    """Return the processes of a session; RQ's work horses leave the group of their worker, but not its session."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members


@dataclass
class Stack:
    """One running product.

    Attributes:
        url: Address of the app; on ``localhost``, which is another site than the sandbox's ``127.0.0.1``.
        events: The person's events in the sandbox's Outlook and org are reached through ``sandbox``.
    """

    sandbox: Sandbox
    org: Any
    port: int
    environment: dict[str, str]
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the app's address."""
        return f"http://localhost:{self.port}"

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start ``web``, ``worker`` or ``clock`` and return its process."""
        manage = [sys.executable, "manage.py"]
        command = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "linkpoint.wsgi:application"),
                *(
                    "--bind",
                    f"127.0.0.1:{self.port}",
                    "--worker-class",
                    "gthread",
                    "--threads",
                    "4",
                ),
            ],
            "worker": [*manage, "rqworker", "interactive", "push", "poll", "housekeeping"],
            "clock": [*manage, "clock"],
        }[name]
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """End a process and whatever it started, at once and without a warning."""
        process = self.processes.pop(name)
        for pid in session_members(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=20)

    def manage(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Run an operator command with ``--json`` and return what it printed.

        Raises:
            AssertionError: It ended with another status than ``status``.
        """
        ran = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == status, (
            f"{arguments[0]} ended with {ran.returncode}: {ran.stdout}{ran.stderr}"
        )
        document: dict[str, Any] = json.loads(ran.stdout)
        return document

    def connect(self) -> None:
        """Connect organization, tenant and the person, as an administrator does."""
        key = self.folder / "jwt.pem"
        self.manage(
            *("connect_organization", "--organization", ORGANIZATION),
            *("--instance-url", "https://acme.my.salesforce.com", "--consumer-key", CONSUMER_KEY),
            *("--consumer-secret-env", "CONSUMER_SECRET", "--jwt-key-file", str(key)),
        )
        self.manage(
            *("connect_tenant", "--organization", ORGANIZATION, "--tenant", TENANT),
            *("--client-id", CLIENT, "--client-secret-env", "CLIENT_SECRET"),
        )
        self.add_user(PERSON)

    def add_user(self, address: str) -> dict[str, Any]:
        """Add a person whose Salesforce username is also the address of the mailbox."""
        return self.manage(
            *("add_user", "--organization", ORGANIZATION, "--salesforce-username", address),
            *("--mailbox", address),
        )

    def answers(self) -> bool:
        """Tell whether the web process answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        """End every process, the sandbox last."""
        for name in list(self.processes):
            self.kill(name)
        self.sandbox.stop()


def _key_pair(file: Path) -> str:
    """Write a private key to ``file`` and return the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


@contextmanager
def database() -> Iterator[str]:
    """Give the address of a new database on the server of ``DATABASE_URL``; drop it afterwards."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"stack_{os.getpid()}_{secrets.token_hex(3)}"
    admin = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def running_stack(
    folder: Path, *, redis_database: int, processes: tuple[str, ...]
) -> Iterator[Stack]:
    """Give a connected product with one person, and end it afterwards.

    Args:
        folder: For logs and keys.
        redis_database: Number of the Redis database; nobody else may use it meanwhile.
        processes: Which of ``web``, ``worker`` and ``clock`` run from the start.
    """
    client_secret, consumer_secret = ("hush-" + secrets.token_urlsafe(16) for _ in range(2))
    port = free_port()
    public_key = _key_pair(folder / "jwt.pem")
    sandbox = start_sandbox()
    microsoft, salesforce = sandbox.world.microsoft, sandbox.world.salesforce
    microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT, client_secret=client_secret)
    microsoft.add_mailbox(tenant_id=TENANT, address=PERSON, name="Hanna Weiss", time_zone=ZONE)
    org = salesforce.add_org(
        organization_id=ORGANIZATION,
        my_domain="acme",
        name="Acme",
        consumer_key=CONSUMER_KEY,
        consumer_secret=consumer_secret,
        jwt_certificate_or_public_key_pem=public_key,
        app_url=f"http://localhost:{port}/canvas/",
    )
    org.add_user(username=PERSON, name="Hanna Weiss", email=PERSON, time_zone=ZONE)
    with database() as database_url:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": urlunsplit(
                urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{redis_database}")
            ),
            "LOOPBACK_HOSTS": json.dumps(sandbox.loopback_hosts),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PUBLIC_URL": f"http://localhost:{port}",
            "CONSUMER_SECRET": consumer_secret,
            "CLIENT_SECRET": client_secret,
            "PYTHONUNBUFFERED": "1",
        }
        stack = Stack(sandbox, org, port, environment, folder)
        try:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v0"],
                cwd=ROOT,
                env=environment,
                check=True,
            )
            if "web" in processes:
                collect_static(environment)
                stack.start("web")
                wait_until(stack.answers, what="the web process")
            stack.connect()
            for name in processes:
                if name != "web":
                    stack.start(name)
            yield stack
        finally:
            stack.stop()
