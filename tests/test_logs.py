"""What a line of the log holds."""

import json
import logging

from linkpoint.logs import logging_settings


def test_error_of_a_library_comes_with_its_traceback() -> None:
    formatter = logging_settings()["formatters"]["json"]
    made = formatter["()"](
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    record = logging.LogRecord("rq", logging.ERROR, "x", 1, "failed", (), None)
    try:
        int("boom")
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)

    line = json.loads(made.format(record))

    assert line["event"] == "failed"
    assert "test_logs.py" in line["exception"]
    assert line["exception"].endswith("'boom'")
