"""The one refusal of the control API and the commands."""


class BadRequest(Exception):
    """Input does not fit; the text is ``field: what fits``."""
