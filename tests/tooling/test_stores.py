"""The embedded PostgreSQL and Valkey, and the secrets they are given."""

import os
import stat
from pathlib import Path

import psycopg
import pytest
import redis
from _local import ports, postgres, secrets_file, valkey
from _local.places import CannotRun
from cryptography.fernet import Fernet
from redis.backoff import NoBackoff
from redis.retry import Retry


def test_postgres_keeps_its_data_from_one_start_to_the_next(tmp_path: Path) -> None:
    first = postgres.start(tmp_path, port=ports.choose(), password="hush-x", durable=False)
    try:
        postgres.create(first.url("linkpoint"))
        postgres.create(first.url("linkpoint"))  # there already: nothing happens
        with psycopg.connect(first.url("linkpoint")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    finally:
        first.stop()

    second = postgres.start(tmp_path, port=ports.choose(), password="hush-x", durable=False)
    try:
        with psycopg.connect(second.url("linkpoint")) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    finally:
        second.stop()


def test_postgres_on_a_taken_port_says_why(tmp_path: Path) -> None:
    first = postgres.start(tmp_path / "a", port=ports.choose(), password="hush-x", durable=False)
    try:
        with pytest.raises(CannotRun, match="did not start"):
            postgres.start(tmp_path / "b", port=first.port, password="hush-y", durable=False)
    finally:
        first.stop()


def test_postgres_refuses_data_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotRun, match="is of PostgreSQL 9"):
        postgres.start(tmp_path, port=ports.choose(), password="hush-x", durable=False)


def test_valkey_asks_for_its_password(tmp_path: Path) -> None:
    server = valkey.start(tmp_path, port=ports.choose(), password="hush-x")
    try:
        once = Retry(NoBackoff(), 0)
        with (
            redis.Redis.from_url(server.url()) as known,
            redis.Redis(ports.HOST, server.port, retry=once) as stranger,
        ):
            assert known.ping()
            with pytest.raises(redis.AuthenticationError):
                stranger.ping()
    finally:
        server.stop()


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "deeper" / "secrets.json"

    made = secrets_file.load(file)

    assert secrets_file.load(file) == made
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600  # noqa: PTH116 -- mode bits
    Fernet(made["FIELD_KEYS"])
    assert {name for name in made if "hush" not in made[name]} == {"JWT_KEY"}


def test_secret_added_later_does_not_change_the_others(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = secrets_file.load(file)
    file.write_text(file.read_text().replace("CLIENT_SECRET", "SOMETHING_ELSE"))

    again = secrets_file.load(file)

    assert again["SECRET_KEY"] == made["SECRET_KEY"]
    assert again["CLIENT_SECRET"] != made["CLIENT_SECRET"]
