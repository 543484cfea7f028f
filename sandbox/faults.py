"""Planned misbehaviour: by method, path and count; before or after the effect."""

import re
from dataclasses import asdict, dataclass, field


@dataclass
class Fault:
    """One rule of misbehaviour.

    Attributes:
        path: Regular expression searched in the request path.
        method: HTTP method, or empty for any.
        status: Answer with this status; 0 with ``drop`` closes the connection instead.
        when: ``"before"`` the effect (there is none) or ``"after"`` it (it happened, the answer is spoilt).
        drop: Close the connection without an answer.
        delay_s: Wait this long first.
        skip: Let this many matching requests pass untouched.
        times: Apply to this many requests, then retire; -1 is for ever.
        headers: Extra response headers, for example Retry-After.
        body: JSON body of the answer; a plainly artificial one if absent.
    """

    path: str
    method: str = ""
    status: int = 0
    when: str = "before"
    drop: bool = False
    delay_s: float = 0.0
    skip: int = 0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None

    def matches(self, method: str, path: str) -> bool:
        """Tell whether this rule concerns the request."""
        return (
            self.times != 0
            and self.method in ("", method)
            and re.search(self.path, path) is not None
        )


class Faults:
    """The rules in force, first match wins."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self.applied = 0

    def add(self, rule: Fault) -> None:
        """Put a rule behind the others."""
        self.rules.append(rule)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the rule to apply to this request and count it, or None."""
        for rule in self.rules:
            if rule.matches(method, path):
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                if rule.times > 0:
                    rule.times -= 1
                self.applied += 1
                return rule
        return None

    def as_list(self) -> list[dict[str, object]]:
        """Return the rules for the control API."""
        return [asdict(rule) for rule in self.rules]
