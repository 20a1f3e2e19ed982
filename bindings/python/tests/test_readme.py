"""What README.md shows."""

from __future__ import annotations

import re

import pytest
from conftest import CHECKOUT, run_python

README = (CHECKOUT / "bindings/python/README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_runs_where_there_is_no_manager(snippet: str) -> None:
    # Where nothing is passed, there is no descriptor 3 to look at, and without journald no stream to open.
    absent = ("is_socket_inet(3", "journal.stream(")
    run_python("\n".join(line for line in snippet.splitlines() if not any(a in line for a in absent)), own_run=True)


def test_there_are_as_many_as_expected() -> None:
    assert len(SNIPPETS) == README.count("```python") == 5
