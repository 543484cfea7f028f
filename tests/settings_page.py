"""The table of rules on docs/settings.md, made from the one place where they are declared.

``.venv/bin/python -m tests.settings_page`` writes it anew; a test compares it.
"""

import json
from pathlib import Path

from sync.core.settings import SETTINGS
from sync.core.values import Setting

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_START, _END = "<!-- rules: start -->\n", "<!-- rules: end -->"


def table() -> str:
    """Return all rules as a Markdown table."""
    head = "| rule | shipped value | what it may be | what it does |\n|---|---|---|---|\n"
    return head + "".join(_row(setting) for setting in SETTINGS.values())


def _row(setting: Setting) -> str:
    where = "" if "user" in setting.levels else f" (on {' or '.join(setting.levels)} only)"
    return f"| `{setting.name}` | {_value(setting.default)} | {_fits(setting)} | {setting.help}{where} |\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in ("", (), {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str | int) else f"`{json.dumps(value)}`"


def _fits(setting: Setting) -> str:
    if setting.allowed:
        return " ".join(f"`{value}`" for value in setting.allowed)
    return f"{setting.low} to {setting.high}" if setting.kind == "number" else setting.kind


def renewed(page: str) -> str:
    """Return the text of the page with the table as it is now."""
    before, start, rest = page.partition(_START)
    _, end, after = rest.partition(_END)
    return before + start + table() + end + after


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
