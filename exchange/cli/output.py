"""What a command prints: one JSON document with `--json`, else text for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document.")(command)


def show(document: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the facts of one thing."""
    if as_json:
        click.echo(_to_json(document))
        return
    width = max(len(name) for name in document)
    for name, value in document.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):{width}}  {_to_text(value)}")


def show_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, nothing: str
) -> None:
    """Print one line a thing; `nothing` where there is none."""
    if as_json:
        click.echo(_to_json(list(rows)))
        return
    if not rows:
        click.echo(nothing)
        return
    cells = [[name.replace("_", " ") for name in columns]]
    cells += [[_to_text(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        click.echo(
            "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def _to_json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON-ready")


def _to_text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
