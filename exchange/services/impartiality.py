"""Nobody judges their own household, an application of their own, or one they vouch for."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from exchange.domain.screening import mailbox
from exchange.errors import SafetyRefusal
from exchange.records import Account, Host, MatchRun, Placement, Student
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails


def is_own(session: Session, actor: Actor, details: ApplicationDetails) -> bool:
    """Say whether the account of the actor belongs to somebody named in the application."""
    if actor.account_id is None:
        return False
    named = _of_host(details.host) if details.host else _of_student(details.student)
    return _own_mailbox(session, actor) in _mailboxes(named)


def require_impartial(session: Session, actor: Actor, details: ApplicationDetails) -> None:
    """Raise when the actor would judge their own case.

    Raises
    ------
    SafetyRefusal
        No role overrides this.
    """
    if is_own(session, actor, details):
        raise SafetyRefusal("This application names you. Ask a colleague to look at it.")


def require_no_own_guest(session: Session, actor: Actor, run: MatchRun) -> None:
    """Raise when the actor would decide about their own home, or about a young person of theirs.

    Raises
    ------
    SafetyRefusal
        No role overrides this.
    """
    if actor.account_id is None:
        return
    own = _own_mailbox(session, actor)
    placed = select(Placement.host_id).where(Placement.run_id == run.id)
    hosts = session.exec(select(Host.email, Host.responsible_email).where(col(Host.id).in_(placed)))
    if own in _mailboxes(one for pair in hosts for one in pair):
        raise SafetyRefusal(
            "This run places a student in your own home. Ask a colleague to publish it."
        )
    guests = select(Placement.student_id).where(Placement.run_id == run.id)
    people = session.exec(
        select(Student.email, Student.guardian_email, Student.second_guardian_email).where(
            col(Student.id).in_(guests)
        )
    )
    if own in _mailboxes(one for names in people for one in names):
        raise SafetyRefusal(
            "This run places somebody whose application names you. Ask a colleague to publish it."
        )


def _own_mailbox(session: Session, actor: Actor) -> str:
    account = session.get(Account, actor.account_id or 0)
    return mailbox(account.email) if account else ""


def _mailboxes(addresses: Iterable[str | None]) -> set[str]:
    return {mailbox(one) for one in addresses if one}


def _of_host(host: Host) -> tuple[str | None, ...]:
    return host.email, host.responsible_email, host.reference_1_email, host.reference_2_email


def _of_student(student: Student | None) -> tuple[str | None, ...]:
    if student is None:
        return ()
    return (student.email, student.guardian_email, student.second_guardian_email)
