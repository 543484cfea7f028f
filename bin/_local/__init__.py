"""What bin/demo, bin/test and bin/chaos are made of: local services, installation, and a supervisor."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this line is what tells people with an older Python
    sys.exit(
        "LinkPoint needs Python 3.11 or newer: install python3.11, then run this command again."
    )
