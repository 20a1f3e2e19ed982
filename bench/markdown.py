"""Tables as Markdown has them."""

from __future__ import annotations


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (header, *rows)]
    lines.insert(1, "|---" + "|--:" * (len(header) - 1) + "|")
    return "\n".join(lines) + "\n"
