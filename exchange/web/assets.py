"""Addresses of static files, each with its content's digest, so that browsers may keep them."""

import hashlib
from pathlib import Path

from flask import Flask, url_for


def init_app(app: Flask) -> None:
    """Give templates `static_url(name)`."""
    folder = Path(app.static_folder or "")
    digests: dict[str, str] = {}

    def static_url(name: str) -> str:
        if name not in digests:
            digests[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
        return url_for("static", filename=name, v=digests[name])

    app.jinja_env.globals["static_url"] = static_url
