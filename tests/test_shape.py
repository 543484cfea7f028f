"""The shape of the code, and that the pages name everything a person can set, run or meet."""

import re
import tomllib
from pathlib import Path

import pytest

from tests import house_rules, settings_page

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_no_product_file_is_too_long_to_read_in_one_sitting() -> None:
    assert house_rules.long_files(ROOT) == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert house_rules.long_functions(ROOT) == []


def test_every_module_is_named_by_what_is_in_it() -> None:
    assert house_rules.vague_names(ROOT) == []


def test_the_project_speaks_of_itself_alone() -> None:
    assert house_rules.foreign_words(ROOT) == []


def test_every_environment_variable_is_in_the_example_and_on_the_page() -> None:
    names = house_rules.environment_settings(ROOT)
    example = (ROOT / ".env.example").read_text()
    page = (DOCS / "settings.md").read_text()

    assert "SECRET_KEY" in names
    assert {name for name in names if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_the_example_sets_nothing_that_is_not_read() -> None:
    example = (ROOT / ".env.example").read_text()
    read = house_rules.environment_settings(ROOT)
    read |= set(
        re.findall(r'environ\.get\("?\'?([A-Z_]+)', (ROOT / "gunicorn.conf.py").read_text())
    )

    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) - read == set()


def test_every_rule_a_person_can_set_is_on_the_page() -> None:
    page = settings_page.PAGE.read_text()

    assert page == settings_page.renewed(page)
    assert "`frequency_minutes`" in page


def test_every_command_is_on_the_operations_page() -> None:
    commands = house_rules.management_commands(ROOT)
    page = (DOCS / "operations.md").read_text()

    assert commands
    assert {name for name in commands if f"`{name}" not in page} == set()


def test_every_job_is_on_the_operations_page() -> None:
    functions = house_rules.public_functions(ROOT / "sync" / "jobs.py")
    jobs = {name for name in functions if not name.startswith("enqueue_")}
    page = (DOCS / "operations.md").read_text()

    assert jobs
    assert {name for name in jobs if f"`{name}`" not in page} == set()


def test_every_error_is_on_the_errors_page() -> None:
    page = (DOCS / "errors.md").read_text()
    errors = house_rules.public_classes(ROOT / "linkpoint" / "errors.py")

    assert "TryLater" in errors
    assert {name for name in errors if f"`{name}`" not in page} == set()


def test_every_decision_names_what_else_was_considered() -> None:
    records = sorted((DOCS / "decisions").glob("0*.md"))

    assert len(records) >= 10
    assert [r.name for r in records if "## What else was considered" not in r.read_text()] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("sandbox/*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("name", ["requirements", "requirements-demo", "requirements-dev"])
def test_locks_pin_everything_and_say_nothing_of_where_it_comes_from(name: str) -> None:
    lock = (ROOT / f"{name}.txt").read_text()
    packages = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==\S+", lock, re.MULTILINE)
    entries = re.split(r"\n(?=[a-z0-9])", lock)

    assert "://" not in lock
    assert not re.search(r"^\s*-(?:i|f|e|-[a-gi-z])", lock, re.MULTILINE)
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert (
        _wanted(ROOT / f"{name}.in") - {package.replace("_", "-") for package in packages} == set()
    )


def _wanted(file: Path) -> set[str]:
    wanted = set()
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            wanted |= _wanted(file.parent / line[3:])
        elif line:
            wanted.add(re.split(r"[\[<>=]", line)[0].lower())
    return wanted


def test_version_is_the_newest_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)

    assert newest is not None
    assert project["version"] == newest[1]
