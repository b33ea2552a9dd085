"""A cycle with a few more people than places to move to, and a run that is done."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.clock import now
from exchange.domain.cycle import ApplicationState
from exchange.records import Application, MatchRun
from exchange.records.session import open_session
from exchange.services import hand, screening
from exchange.services.actor import SYSTEM
from tests.services.people import clear_host
from tests.web.world import (
    World,
    finished_run,
    host_profile,
    make_cycle,
    sign_up,
    student_profile,
)

STUDENTS = (("Salma", "MA"), ("Omar", "EG"), ("Nour", "MA"), ("Waits", "FR"))
HOSTS = (("Lyon home", "FR"), ("Graz home", "AT"), ("Bern home", "CH"), ("Riga home", "LV"))


@dataclass(frozen=True)
class Season:
    """Public ids by name, and those of the cycle and its run."""

    cycle: str
    run: str
    ids: dict[str, str]
    homes: dict[str, str]

    def free(self) -> str:
        """The name of a host with a free place."""
        return next(name for name, _ in HOSTS if self.ids[name] not in self.homes.values())


def make_season(engine: sa.Engine, world: World) -> Season:
    """Sign everybody up, approve them, and solve; the last student shares no language."""
    at = now()
    with open_session(engine) as session:
        cycle = make_cycle(session, world.own.programme_id, at, "Season")
        ids: dict[str, str] = {}
        for name, nation in STUDENTS:
            spoken = ["is:native"] if name == "Waits" else ["fr:C1"]
            profile = student_profile(
                given_name=name, family_name="Test", nationalities=[nation], languages=spoken
            )
            ids[name] = _approved(session, sign_up(session, cycle, profile, at, key=name))
        for name, nation in HOSTS:
            profile = host_profile(name=name, nation=nation, interests=["chess"])
            ids[name] = _approved(session, sign_up(session, cycle, profile, at, key=name))
        run = finished_run(session, cycle, at)
        found = session.exec(select(MatchRun).where(MatchRun.public_id == run)).one()
        homes = {one.student_id: one.host_id for one in hand.placements_of(session, found)}
        season = Season(cycle.public_id, run, ids, homes)
        session.commit()
    return season


def _approved(session: Session, application: Application) -> str:
    at = now()
    if application.host_id is not None:
        clear_host(session, SYSTEM, application, at)
    screening.decide(
        session,
        SYSTEM,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=at,
    )
    return application.public_id


def run_of(engine: sa.Engine, public_id: str) -> MatchRun:
    """Read a run."""
    with open_session(engine, writes=False) as session:
        return session.exec(select(MatchRun).where(MatchRun.public_id == public_id)).one()
