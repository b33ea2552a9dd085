"""How an incident comes about: somebody asks for help, or staff report it for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.incident import EntryKind, Reporter, help_times
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import RULE_PACKS
from exchange.errors import InvalidInput, NotFound
from exchange.notices.texts import Template
from exchange.records import Account, Application, Cycle, Guardian, Incident, Membership
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.incident_entries import LONGEST_TEXT, add_entry, name_people
from exchange.services.incident_mails import tell_leads
from exchange.services.incident_people import other_sides
from exchange.translations import Sentence


@dataclass(frozen=True, slots=True)
class Named:
    """Whom somebody names when they ask for help: each of them then sees nothing of it."""

    host: bool = False
    """The other side of one's placement."""
    guardian: bool = False
    accounts: Sequence[str] = ()
    """Public ids of staff."""


def own_side(session: Session, actor: Actor) -> tuple[Application, Reporter]:
    """Return the application of whoever came through a link, and who they are to it."""
    if actor.guardian_id is not None:
        guardian = session.get(Guardian, actor.guardian_id)
        found = None if guardian is None else session.get(Application, guardian.application_id)
        reporter = Reporter.GUARDIAN
    else:
        found = session.get(Application, actor.application_id or 0)
        is_host = found is not None and found.host_id is not None
        reporter = Reporter.HOST if is_host else Reporter.STUDENT
    if found is None or found.erased_at is not None:
        raise NotFound("There is nothing at this address.")
    return found, reporter


def ask_for_help(
    session: Session, actor: Actor, *, text: str | None, named: Named, key: str, at: datetime
) -> Incident:
    """Tell the leads that whoever came through a link needs help; the same key asks once."""
    about, reporter = own_side(session, actor)
    return _report(session, actor, about, reporter, text=text, named=named, key=key, at=at)


def report_for(
    session: Session,
    actor: Actor,
    about: Application,
    *,
    text: str | None,
    named: Named,
    key: str,
    at: datetime,
) -> Incident:
    """Tell the leads of something on behalf of somebody.

    Raises
    ------
    InvalidInput
        When nothing is said.
    """
    cycle = session.get_one(Cycle, about.cycle_id)
    require(actor, Permission.REPORT_INCIDENTS, cycle.programme_id)
    if not (text or "").strip():
        sentence = Sentence("Say what has happened")
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    return _report(session, actor, about, Reporter.STAFF, text=text, named=named, key=key, at=at)


def asked_by(session: Session, about: Application, public_id: str) -> Incident | None:
    """Return the incident that somebody's own browser session remembers to have asked for."""
    query = select(Incident).where(Incident.public_id == public_id, Incident.about_id == about.id)
    return session.exec(query).one_or_none()


def staff_who_could_be_named(session: Session, programme_id: int) -> list[Account]:
    """Return the staff of a programme, by name."""
    return staff_of(session, programme_id, None)


def _report(
    session: Session,
    actor: Actor,
    about: Application,
    reporter: Reporter,
    *,
    text: str | None,
    named: Named,
    key: str,
    at: datetime,
) -> Incident:
    told = (text or "").strip() or None
    if told is not None and len(told) > LONGEST_TEXT:
        sentence = Sentence("Use %(most)d characters or fewer", most=LONGEST_TEXT)
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    own_key = f"{actor.label}:{key}"[:64]
    known = _with_key(session, own_key)
    if known is not None:
        return known
    cycle = session.get_one(Cycle, about.cycle_id)
    times = help_times(RULE_PACKS[cycle.rule_pack])
    incident = Incident(
        programme_id=cycle.programme_id,
        cycle_id=cycle.id,
        about_id=about.id,
        reporter=reporter,
        reporter_account_id=actor.account_id,
        idempotency_key=own_key,
        acknowledge_by=at + times.acknowledge,
        decide_by=at + times.decide,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(incident)
            session.flush()
    except IntegrityError:
        # Of two who press at once, one asks.
        found = _with_key(session, own_key)
        assert found is not None
        return found
    add_entry(session, actor, incident, EntryKind.REPORTED, at, text=told)
    if named.guardian:
        add_entry(session, actor, incident, EntryKind.GUARDIAN_NAMED, at)
    staff = staff_of(session, cycle.programme_id, list(named.accounts)) if named.accounts else []
    name_people(
        session,
        incident,
        at,
        accounts=[one.id for one in staff],
        applications=other_sides(session, about.id) if named.host else (),
    )
    tell_leads(session, incident, Template.HELP_ASKED, at)
    return incident


def _with_key(session: Session, key: str) -> Incident | None:
    return session.exec(select(Incident).where(Incident.idempotency_key == key)).one_or_none()


def staff_of(session: Session, programme_id: int, ids: list[str] | None) -> list[Account]:
    """Return some of the staff of a programme, or all, by name."""
    query = (
        select(Account)
        .where(
            col(Account.id).in_(
                select(Membership.account_id).where(Membership.programme_id == programme_id)
            ),
            col(Account.disabled_at).is_(None),
        )
        .order_by(col(Account.display_name), col(Account.id))
    )
    if ids is not None:
        query = query.where(col(Account.public_id).in_(ids))
    return list(session.exec(query))
