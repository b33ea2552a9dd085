"""A copy has the rules, questions and files of last year, and nobody of last year's people."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import AnswerKind, MatchUse, Texts
from exchange.domain.recipients import Recipient, Schedule
from exchange.domain.rules import Rules
from exchange.errors import Forbidden, InvalidInput, NotFound
from exchange.records import Application, Cycle, ExportDefinition, Question, RuleVersion
from exchange.services import (
    cycle_copies,
    cycles,
    export_definitions,
    questions,
)
from exchange.services.asked_questions import list_asked
from exchange.services.question_wording import Wording
from exchange.services.rule_versions import rules_of
from exchange.services.time_zones import moment_in
from tests.services.people import AT, Office, host, make_office, sign_up, student


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def copy(session: Session, office: Office, **changes: object) -> Cycle:
    """Copy the cycle of an office as it is proposed, but for some values."""
    plan = asdict(cycle_copies.plan_next(session, office.actor, office.cycle))
    for name in ("opens_at", "closes_at"):
        plan[name] = moment_in(plan["time_zone"], plan[name])
    return cycle_copies.copy_cycle(session, office.actor, office.cycle, **plan | changes, at=AT)


def test_times_of_the_copy_are_a_year_later_by_the_clocks_of_its_zone(
    session: Session, office: Office
) -> None:
    office.cycle.opens_at = datetime(2027, 3, 28, 10, tzinfo=UTC)
    office.cycle.closes_at = datetime(2028, 2, 29, 22, 59, tzinfo=UTC)
    office.cycle.stay_from_on, office.cycle.stay_to_on = date(2028, 2, 29), date(2028, 7, 1)
    office.cycle.name = "Summer 2028"
    session.flush()
    plan = cycle_copies.plan_next(session, office.actor, office.cycle)
    assert plan.opens_at == datetime(2028, 3, 28, 12)
    assert plan.closes_at == datetime(2029, 2, 28, 23, 59)
    assert plan.stay_from_on == date(2029, 2, 28)
    assert plan.name == "Summer 2029"


def test_rules_go_along_without_whatever_names_a_person(session: Session, office: Office) -> None:
    rules = Rules(
        epsilon=0.07,
        pair_weights={("IL", "TR"): 0.5},
        contested_pairs=frozenset({("IL", "TR")}),
        max_same_nation_per_host=2,
        partner_max={"School": 9},
        pins=(("a" * 32, "b" * 32),),
        forbids=(("a" * 32, "c" * 32),),
        previous=(("a" * 32, "b" * 32),),
        max_changes=3,
        hold_back=("d" * 32,),
    )
    cycles.set_rules(session, office.actor, office.cycle, rules, AT, reason="Because")
    made = copy(session, office)
    kept = rules_of(made.rules)
    assert kept == replace(rules, pins=(), forbids=(), previous=(), max_changes=None, hold_back=())
    stored = session.exec(select(RuleVersion).where(RuleVersion.cycle_id == made.id)).one()
    assert stored.rules == made.rules
    assert all(one * 32 not in kept.to_json() for one in "abcd")


def test_questions_go_along_with_translations_conditions_and_counterparts(
    session: Session, office: Office
) -> None:
    at = AT

    def ask(kind: ApplicationKind, wording: Wording, **more: object) -> Question:
        return questions.add_question(
            session,
            office.actor,
            office.cycle,
            kind=kind,
            answer=more.pop("answer", AnswerKind.ONE),  # type: ignore[arg-type]
            wording=wording,
            at=at,
            **more,  # type: ignore[arg-type]
        )

    offered = ask(
        ApplicationKind.HOST,
        Wording(label="Pets", choices=["Cat", "Dog"], match_use=MatchUse.OFFER),
        answer=AnswerKind.SOME,
    )
    first = ask(ApplicationKind.STUDENT, Wording(label="Music", choices=["Yes", "No"]))
    yes = first.choices[0]["code"]
    ask(
        ApplicationKind.STUDENT,
        Wording(label="Which", condition=(first.code, yes)),
        answer=AnswerKind.TEXT,
    )
    ask(
        ApplicationKind.STUDENT,
        Wording(label="Pets you like", match_use=MatchUse.WISH),
        counterpart=offered,
    )
    questions.translate_question(
        session,
        office.actor,
        first,
        language="fr",
        texts=Texts("Musique", None, {yes: "Oui"}),
        expected_version=first.version,
        at=at,
    )
    made = copy(session, office)
    for kind in ApplicationKind:
        old, new = (list_asked(session, one, kind) for one in (office.cycle.id, made.id))
        assert new == old
        assert new
    rows = session.exec(select(Question).where(Question.cycle_id == made.id)).all()
    old_ids = {
        one.public_id
        for one in session.exec(select(Question).where(Question.cycle_id == office.cycle.id))
    }
    assert not {one.public_id for one in rows} & old_ids
    inside = {one.id for one in rows} | {None}
    assert all({one.depends_on_id, one.counterpart_id} <= inside for one in rows)


def test_files_go_along_without_schedule_and_without_one_hosts_list(
    session: Session, office: Office
) -> None:
    applied = sign_up(session, office, host())
    for name, recipient, party, schedule in (
        ("Office", Recipient.OFFICE, "", Schedule.WEEKLY),
        ("School", Recipient.SENDING_PARTNER, "School", Schedule.NEVER),
        ("One host", Recipient.HOST, applied.public_id, Schedule.NEVER),
    ):
        export_definitions.define(
            session,
            office.actor,
            office.cycle,
            name=name,
            kind={"Office": "placements", "School": "participants"}.get(name, "rooming"),
            recipient=recipient,
            party=party,
            form="programs",
            schedule=schedule,
            at=AT,
        )
    made = copy(session, office)
    files = session.exec(select(ExportDefinition).where(ExportDefinition.cycle_id == made.id))
    told = [(one.name, one.recipient, one.party, one.schedule, one.next_at) for one in files]
    assert told == [
        ("Office", Recipient.OFFICE, "", Schedule.NEVER, None),
        ("School", Recipient.SENDING_PARTNER, "School", Schedule.NEVER, None),
    ]


def test_nobody_goes_along_and_the_first_cycle_is_left_as_it_was(
    session: Session, office: Office
) -> None:
    for profile in (student(), host()):
        sign_up(session, office, profile)
    session.flush()
    before = office.cycle.model_dump()
    made = copy(session, office)
    of_copy = select(sa.func.count()).select_from(Application)
    assert session.exec(of_copy.where(Application.cycle_id == made.id)).one() == 0
    assert office.cycle.model_dump() == before
    assert cycles.cycle_counts(session, made.id).runs == 0


def test_faults_of_the_times_are_those_of_any_cycle(session: Session, office: Office) -> None:
    with pytest.raises(InvalidInput) as refused:
        copy(
            session,
            office,
            closes_at=datetime(2020, 1, 1, tzinfo=UTC),
            stay_to_on=date(2020, 1, 1),
        )
    assert set(refused.value.faults) == {"closes_at", "stay_to_on"}


def test_cycle_is_copied_by_whoever_manages_cycles_there(session: Session, office: Office) -> None:
    with pytest.raises(Forbidden):
        cycle_copies.plan_next(session, office.second, office.cycle)
    other = make_office(session, "Strangers")
    with pytest.raises(NotFound):
        copy(session, replace(office, actor=other.actor))
