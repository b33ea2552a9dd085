"""Rules that remind: set by a coordinator, carried out by the worker, once for each occasion.

The unique key of `ReminderSent` is what keeps a reminder from going out twice; whether its reason
still holds is asked when it is written, and once more when it is about to leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, or_, select, update

from exchange.domain.reminders import GAP, TO_STAFF, Condition, QuietHours
from exchange.errors import NotFound
from exchange.notices.texts import Template
from exchange.records import (
    Application,
    Cycle,
    LinkPurpose,
    OutboxMail,
    Programme,
    ReminderRule,
    ReminderSent,
)
from exchange.services import audit, links, mails
from exchange.services.actor import SYSTEM
from exchange.services.locks import hold_cycle
from exchange.services.reminder_conditions import Due, whom
from exchange.services.resuming import KEPT_FOR
from exchange.services.time_zones import day_in, end_of_day_after

LOOK_EVERY = timedelta(minutes=10)
MOST_AT_ONCE = 500
"""So many occasions in one transaction; the rest follows at the next look."""
MOST_COUNTED = 5000
"""So many one mail to staff counts."""
TEMPLATES = frozenset(one.value for one in Template if one.value.startswith("remind_"))
_STAFF_PAGES = {
    Condition.STAFF_WAITING: "applications?state=submitted&order=oldest",
    Condition.STAFF_HOLDS: "holds",
}


@dataclass(frozen=True, slots=True)
class SentLine:
    """An occasion that was reminded of, for the page of the staff."""

    sent: ReminderSent
    rule: ReminderRule
    application: Application | None
    mail: OutboxMail | None


def rules_due(session: Session, at: datetime) -> list[int]:
    """Return the row ids of rules to be looked at now; it only reads."""
    query = select(ReminderRule.id).where(
        col(ReminderRule.is_active).is_(True),
        or_(col(ReminderRule.looked_at).is_(None), col(ReminderRule.looked_at) <= at - LOOK_EVERY),
    )
    return list(session.exec(query.order_by(col(ReminderRule.id))))


def carry_out(session: Session, rule_id: int, at: datetime) -> int:
    """Write the reminders of one rule that are due; return how many mails. Done twice, it is once.

    Nothing is written in the quiet hours of the programme; the next look after them finds it.
    """
    rule = session.get(ReminderRule, rule_id)
    if rule is None:
        raise NotFound("There is nothing at this address.")
    cycle = hold_cycle(session, rule.cycle_id)
    session.refresh(rule)
    if not rule.is_active:
        return 0
    rule.looked_at = at
    session.add(rule)
    session.flush()
    programme = session.get_one(Programme, cycle.programme_id)
    if quiet_hours(programme).holds(at):
        return 0
    most = MOST_COUNTED if rule.condition in TO_STAFF else MOST_AT_ONCE
    due = unsent(session, cycle, rule, at)[:most]
    due.sort(key=lambda one: one.person)
    written = 0
    for _person, several in groupby(due, key=lambda one: one.person):
        written += _remind(session, cycle, programme, rule, list(several), at)
    if written:
        audit.record(
            session,
            SYSTEM,
            "reminder:send",
            subject_kind="reminder_rule",
            subject_id=rule.public_id,
            programme_id=cycle.programme_id,
            facts={"condition": rule.condition.value, "mails": written},
            at=at,
        )
    return written


def unsent(session: Session, cycle: Cycle, rule: ReminderRule, at: datetime) -> list[Due]:
    """Return whom a rule would remind at a moment: not yet, and not of the same thing lately."""
    known = session.exec(
        select(ReminderSent.rule_id, ReminderSent.occasion, ReminderSent.created_at)
        .join(ReminderRule, col(ReminderSent.rule_id) == col(ReminderRule.id))
        .where(ReminderRule.cycle_id == cycle.id, ReminderRule.condition == rule.condition)
    ).all()
    today = day_in(cycle.time_zone, at)
    if rule.condition in TO_STAFF and any(
        number == rule.id and day_in(cycle.time_zone, moment) == today
        for number, _occasion, moment in known
    ):
        return []
    done = {
        occasion for number, occasion, moment in known if number == rule.id or moment > at - GAP
    }
    found = whom(session, cycle, rule.condition, rule.days, at)
    return [one for one in found if one.occasion not in done]


def due_today(session: Session, cycle: Cycle, rule: ReminderRule, at: datetime) -> list[Due]:
    """Return whom a rule would remind from now until the day ends; nothing is sent."""
    night = end_of_day_after(cycle.time_zone, 0, at)
    found = {
        one.occasion: one for moment in (at, night) for one in unsent(session, cycle, rule, moment)
    }
    return list(found.values())


def last_sent(session: Session, cycle: Cycle, *, most: int) -> list[SentLine]:
    """Return what was reminded of in a cycle, the latest first."""
    rows = session.exec(
        select(ReminderSent, ReminderRule, Application, OutboxMail)
        .join(ReminderRule, col(ReminderSent.rule_id) == col(ReminderRule.id))
        .outerjoin(Application, col(ReminderSent.application_id) == col(Application.id))
        .outerjoin(OutboxMail, col(ReminderSent.mail_id) == col(OutboxMail.id))
        .where(ReminderRule.cycle_id == cycle.id)
        .order_by(col(ReminderSent.id).desc())
        .limit(most)
    )
    return [SentLine(*row) for row in rows]


def quiet_hours(programme: Programme) -> QuietHours:
    """Return the hours at which a programme reminds nobody."""
    return QuietHours(programme.quiet_from, programme.quiet_until, programme.time_zone)


def hold_back(session: Session, mail: OutboxMail, at: datetime) -> bool:
    """Keep a reminder from leaving whose reason is over, or whose hour is quiet.

    One that is over is taken out of the outbox for good; one at a quiet hour waits for its end.
    """
    if mail.template not in TEMPLATES:
        return False
    rows = session.exec(
        select(ReminderSent, ReminderRule)
        .join(ReminderRule, col(ReminderSent.rule_id) == col(ReminderRule.id))
        .where(ReminderSent.mail_id == mail.id)
    ).all()
    if rows:
        rule = rows[0][1]
        cycle = session.get_one(Cycle, rule.cycle_id)
        occasions = {row.occasion for row, _rule in rows}
        first = rows[0][0]
        only = None if rule.condition in TO_STAFF else first.application_id or first.draft_id
        still = whom(session, cycle, rule.condition, rule.days, at, only=only)
        if rule.is_active and any(one.occasion in occasions for one in still):
            over_at = quiet_hours(session.get_one(Programme, cycle.programme_id)).over_at(at)
            if over_at <= at:
                return False
            session.exec(
                update(OutboxMail)
                .where(col(OutboxMail.id) == mail.id, col(OutboxMail.sent_at).is_(None))
                .values(next_attempt_at=over_at)
            )
            return True
    session.exec(
        delete(OutboxMail).where(col(OutboxMail.id) == mail.id, col(OutboxMail.sent_at).is_(None))
    )
    return True


def _remind(
    session: Session,
    cycle: Cycle,
    programme: Programme,
    rule: ReminderRule,
    several: Sequence[Due],
    at: datetime,
) -> bool:
    """Write one mail about all that one person is reminded of, unless another worker has."""
    claimed = _claim(session, rule, several, at)
    if not claimed:
        return False
    first = several[0]
    is_of_staff = rule.condition in TO_STAFF
    key = f"reminder:{rule.public_id}:{first.occasion}"
    # Only a mail to the person is erased with them; a number to the staff tells of nobody.
    application = None if is_of_staff else first.application
    mails.queue_mail(
        session,
        key=key,
        recipient=first.email or programme.contact_email,
        template=first.template,
        language=first.language,
        context=_context(session, cycle, rule, first, count=len(claimed), at=at),
        at=at,
        application_id=application.id if application is not None else None,
        draft_id=first.draft.id if first.draft is not None else None,
        programme_id=programme.id if is_of_staff else None,
    )
    mail_id = select(OutboxMail.id).where(OutboxMail.key == key).scalar_subquery()
    session.connection().execute(
        update(ReminderSent).where(col(ReminderSent.id).in_(claimed)).values(mail_id=mail_id)
    )
    return True


def _claim(session: Session, rule: ReminderRule, several: Sequence[Due], at: datetime) -> list[int]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    rows = [
        {
            "rule_id": rule.id,
            "occasion": one.occasion,
            "application_id": one.application.id if one.application is not None else None,
            "draft_id": one.draft.id if one.draft is not None else None,
            "created_at": at,
        }
        for one in several
    ]
    statement: Any = (
        insert(ReminderSent)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["rule_id", "occasion"])
        .returning(col(ReminderSent.id))
    )
    return list(session.connection().execute(statement).scalars())


def _context(
    session: Session, cycle: Cycle, rule: ReminderRule, due: Due, *, count: int, at: datetime
) -> Mapping[str, str]:
    if rule.condition in TO_STAFF:
        page = f"{cycle.public_id}/{_STAFF_PAGES[rule.condition]}"
        return {"token": page, "count": str(count), "cycle": cycle.name}
    if due.draft is not None:
        token = links.issue_link(
            session, purpose=LinkPurpose.RESUME, draft_id=due.draft.id, at=at, ttl=KEPT_FOR
        )
        return {"token": token}
    assert due.application is not None
    reference = due.application.reference
    if due.guardian is not None:
        token = links.issue_link(
            session, purpose=LinkPurpose.GUARDIAN, guardian_id=due.guardian.id, at=at
        )
    else:
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=due.application.id, at=at
        )
    return {"token": token, "reference": reference}
