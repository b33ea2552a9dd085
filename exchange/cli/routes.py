"""`exchange routes`: what the live application answers, and who may ask."""

import importlib
import json
from typing import Any

import click

from exchange.cli.serve import APPLICATION
from exchange.config import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def routes(as_json: bool) -> None:
    """List every route with its methods and its permission."""
    application = importlib.import_module(APPLICATION).create_app(Settings())
    found = [
        {
            "rule": rule.rule,
            "endpoint": rule.endpoint,
            "methods": sorted(rule.methods - {"HEAD", "OPTIONS"}),
            "permission": _permission(application, rule.endpoint),
        }
        for rule in application.url_map.iter_rules()
    ]
    found.sort(key=lambda route: (route["rule"], route["methods"]))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for route in found:
        methods = ",".join(route["methods"])
        click.echo(f"{methods:10} {route['rule']:60} {route['permission']}")


def _permission(application: Any, endpoint: str) -> str | None:
    # Flask's own view of static files carries no declaration; everybody may read them.
    if endpoint == "static":
        return "public"
    declared = getattr(application.view_functions[endpoint], "permission", None)
    return None if declared is None else str(declared)
