"""The bare control: Flask, Jinja, SQLAlchemy and waitress, one SELECT and one template a page.

`python -m tests.bench.signup.control PORT PROCESSES` serves it as `exchange serve` serves the
product: processes that share a socket, each with eight threads.
"""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import sqlalchemy as sa
from flask import Flask, redirect, render_template_string, session
from werkzeug.wrappers import Response

from exchange.records import Cycle
from exchange.records.base import make_engine
from exchange.records.session import open_session

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ name }}</title></head>
<body><h1>{{ name }}</h1>
<form method="post"><label for="a">Answer</label><input id="a" name="a" value="{{ answer }}">
<button>Continue</button></form></body></html>"""


def create_control(url: str, secret: str) -> Flask:
    """One page with a form: the least that a page with a session and a database can do."""
    app = Flask("control")
    app.secret_key = secret
    engine = make_engine(url)

    def name_of_cycle() -> str:
        with open_session(engine, writes=False) as db:
            statement: Any = sa.select(Cycle.name).limit(1)
            return str(db.connection().execute(statement).scalar_one())

    @app.get("/")
    def page() -> str:
        answer = session.get("answer", "")
        return render_template_string(PAGE, name=name_of_cycle(), answer=answer)

    @app.post("/")
    def keep() -> Response:
        session["answer"] = name_of_cycle()
        return redirect("/", 303)

    return app


def _serve(fd: int) -> None:
    import waitress

    signal.signal(signal.SIGTERM, _stop)
    app = create_control(os.environ["EXCHANGE_DATABASE_URL"], os.environ["EXCHANGE_SECRET"])
    listening = socket.socket(fileno=fd)
    waitress.serve(app, sockets=[listening], threads=8, backlog=1024, _quiet=True)


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(0)


def _serve_all(port: int, count: int) -> None:
    signal.signal(signal.SIGTERM, _stop)
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listening:
        fd = listening.fileno()
        command = [sys.executable, "-m", "tests.bench.signup.control", "--fd", str(fd)]
        children = [subprocess.Popen(command, pass_fds=[fd]) for _ in range(count)]
        try:
            signal.pause()
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait()


if __name__ == "__main__":
    if sys.argv[1] == "--fd":
        _serve(int(sys.argv[2]))
    else:
        _serve_all(int(sys.argv[1]), int(sys.argv[2]))
