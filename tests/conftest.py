"""What all tests stand on: an environment that was prepared for them, a sandbox, clean queues and counters."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from linkpoint.http import LoopbackRoutes
from sandbox.server import Sandbox, start
from sandbox.world import World
from tests.graph_contract import ContractWatch
from tests.shared import SHARED

_DATABASES_OF_REDIS = 64


def pytest_configure(config: pytest.Config) -> None:
    """Give each parallel worker its own numbered Redis database, as pytest-django gives it its own PostgreSQL one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        _use_redis(_redis_of(os.environ["REDIS_URL"], int(worker[2:])))


def _redis_of(url: str, worker: int) -> str:
    address, _, number = url.rpartition("/")
    return f"{address}/{(int(number) + 16 * (worker + 1)) % _DATABASES_OF_REDIS}"


def _use_redis(url: str) -> None:
    os.environ["REDIS_URL"] = url  # for the processes that tests start
    django_settings.REDIS_URL = url
    for queue in django_settings.RQ_QUEUES.values():
        queue["URL"] = url
    django_settings.CACHES["default"]["LOCATION"] = url


@pytest.fixture(scope="session")
def test_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for logs of processes that a test starts; bin/test looks through it for secrets."""
    given = os.environ.get("LINKPOINT_TEST_LOGS")
    return Path(given) if given else tmp_path_factory.mktemp("logs")


@pytest.fixture(autouse=True)
def _clean_redis(request: pytest.FixtureRequest) -> None:
    """Forget queues, counters and caches before each test that can reach them."""
    if {"db", "transactional_db", "live_server", "client", "sandbox"} & set(request.fixturenames):
        with redis.Redis.from_url(django_settings.REDIS_URL) as connection:
            connection.flushdb()


@pytest.fixture(autouse=True)
def _static_files_as_they_are(settings: Settings) -> None:
    """Serve static files under their own names; hashed names are there only after collectstatic."""
    settings.STATIC_ROOT = settings.BASE_DIR / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="session", autouse=True)
def _graph_watch() -> Iterator[ContractWatch]:
    """Hold every exchange with an emulated Graph of this run against the recorded contract."""
    watch = ContractWatch()
    if SHARED.is_dir():
        World.default_observers.append(watch.observe)
    yield watch
    World.default_observers.clear()


@pytest.fixture(autouse=True)
def _graph_keeps_to_the_contract(_graph_watch: ContractWatch) -> Iterator[None]:
    """Fail the test during which a request of ours or an answer of the sandbox left the contract."""
    yield
    left = list(_graph_watch.failures)
    del _graph_watch.failures[:]
    assert left == []


@pytest.fixture(scope="session")
def _sandbox_server(_graph_watch: ContractWatch) -> Iterator[Sandbox]:
    with start() as server:
        yield server


@pytest.fixture
def sandbox(_sandbox_server: Sandbox, settings: Settings) -> Sandbox:
    """Return the emulated Microsoft 365 and Salesforce, empty, with the product's calls led to it."""
    _sandbox_server.world.reset()
    settings.LOOPBACK_HOSTS = LoopbackRoutes.parse(json.dumps(_sandbox_server.loopback_hosts))
    return _sandbox_server


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; browser tests are skipped where there is none."""
    path = os.environ.get("CHROMIUM") or ""
    if not path:
        pytest.skip("no Chromium: run bin/test as root once, or install the package chromium")
    return path
