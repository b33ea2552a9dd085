"""Addresses of static files, each with its content's digest, so that browsers may keep them."""

import hashlib
from pathlib import Path

from flask import Flask, request, url_for


def init_app(app: Flask) -> None:
    """Give templates `static_url(name)`."""
    folder = Path(app.static_folder or "")
    addresses: dict[tuple[str, str], str] = {}

    def static_url(name: str) -> str:
        place = (request.script_root, name)
        if place not in addresses:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
            addresses[place] = url_for("static", filename=name, v=digest)
        return addresses[place]

    app.jinja_env.globals["static_url"] = static_url
