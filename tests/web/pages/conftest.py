"""The world behind a real server, and everybody's browser in front of it."""

import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import waitress
from flask import Flask
from playwright.sync_api import Browser
from sqlmodel import Session, col, select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain import totp
from exchange.domain.consent import TEXTS, Purpose
from exchange.records import Application, Cycle
from exchange.records.session import open_session
from exchange.services import agreements, step_up
from exchange.services.actor import Actor
from tests.patience import free_port
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.pages.places import DRAFTING, STAFF, Who
from tests.web.pages.walk import Walker
from tests.web.signup.way import STUDENT, begin, fill_in, send_off
from tests.web.test_permissions import MAIL
from tests.web.visitor import Visitor
from tests.web.world import MEMBERS, World, host_profile, sign_up

INSTITUTION = {
    "kind": "institution",
    "name": "House of Friends",
    "email": "friends@example.org",
    "city": "Lyon",
    "nation": "FR",
}

Walk = Callable[[Who], Walker]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings, with an address where the server of the test can listen, and a mail."""
    mails = settings.instance_dir / "mail"
    mails.mkdir(parents=True)
    (mails / f"{MAIL}@exchange.invalid.eml").write_text("Subject: A mail\n\nText\n")
    return settings.model_copy(update={"base_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, with a match that is published and offered."""
    return add_offers(engine, world)


@pytest.fixture
def url(app: Flask, settings: Settings) -> Iterator[str]:
    """Where the application answers as a server."""
    port = int(settings.base_url.rsplit(":", 1)[1])
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield settings.base_url
    server.close()
    thread.join(10)


@pytest.fixture
def walk(
    url: str, browser: Browser, enter: Enter, engine: sa.Engine, world: World
) -> Iterator[Walk]:
    """A way to look at pages as somebody; the browser is closed after the test."""
    contexts = []
    looked_at: set[tuple[str, int, str]] = set()

    def as_somebody(who: Who) -> Walker:
        visitor = _visitor(enter, engine, world, who)
        context = browser.new_context(viewport={"width": 320, "height": 700})
        cookie = visitor.client.get_cookie("session", domain="127.0.0.1")
        if cookie is not None:
            context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
        contexts.append(context)
        return Walker(context.new_page(), url, enter.app, world, looked_at)

    yield as_somebody
    for context in contexts:
        context.close()


def _visitor(enter: Enter, engine: sa.Engine, world: World, who: Who) -> Visitor:
    """Somebody with a session of their own, and a draft where they have one."""
    own = world.own
    if who in STAFF:
        account_id = world.accounts[who.value]
        _have_checks_due(engine, world)
        with open_session(engine) as db:
            _set_up_app(db, enter.key, Actor(account_id=account_id), who)
            db.commit()
        return enter(account_id=account_id, stepped_up=True)
    if who is Who.PLACED_GUARDIAN:
        return enter(guardian_id=own.placed_guardian_id)
    if who in (Who.PLACED, Who.PLACED_HOST):
        return enter(application_id=own.placed_id if who is Who.PLACED else own.placed_host_id)
    if who is Who.GUARDIAN:
        return enter(guardian_id=own.guardian_id)
    if who is Who.AGREED:
        with open_session(engine) as db:
            agreements.agree(
                db,
                Actor(guardian_id=own.guardian_id),
                wanted=(),
                shown={Purpose.TAKING_PART: TEXTS[Purpose.TAKING_PART].text},
                language="en",
                at=now(),
            )
            db.commit()
        return enter(guardian_id=own.guardian_id)
    if who is Who.APPLICANT:
        return enter(application_id=own.minor_id)
    if who is Who.HOST:
        with open_session(engine, writes=False) as db:
            of_host = col(Application.public_id) == own.host_application
            return enter(application_id=db.exec(select(Application.id).where(of_host)).one())
    visitor = Visitor(enter.app)
    if who in DRAFTING:
        _draft(visitor, own.cycle, who)
    return visitor


def _set_up_app(db: Session, key: str, actor: Actor, who: Who) -> None:
    """The reviewer has an app that shows codes, the administrator is about to have one."""
    if who is Who.COORDINATOR or step_up.has_app(db, actor.account_id or 0):
        return
    step_up.begin_setup(db, actor, now())
    secret = step_up.pending_secret(db, actor, key=key)
    if who is Who.REVIEWER and secret is not None:
        code = totp.code_of(secret, totp.step_of(now()))
        step_up.finish_setup(db, actor, code, key=key, keep_session_id=0, at=now())


def _have_checks_due(engine: sa.Engine, world: World) -> None:
    """A host whom nobody has checked; made once, however many look at it."""
    with open_session(engine) as db:
        cycle = db.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        sign_up(db, cycle, host_profile(members=MEMBERS), now(), key="due")
        db.commit()


def _draft(visitor: Visitor, cycle: str, who: Who) -> None:
    tasks = begin(visitor, cycle, DRAFTING[who].value)
    if who is Who.DRAFTING_STUDENT:  # A minor, who is asked for guardians, too.
        visitor.get(f"/signup/{cycle}/student/birth-date")
        visitor.send({**STUDENT["birth-date"], "birth_on-year": "2011"})
    if who is Who.INSTITUTION:
        visitor.get(f"/signup/{cycle}/host/about-you")
        visitor.send(INSTITUTION)
    if who in (Who.ABOUT_TO_SEND, Who.JUST_SENT):
        check = fill_in(visitor, tasks, STUDENT)
        if who is Who.JUST_SENT:
            send_off(visitor, check)
        else:
            visitor.send()
