"""Commands against a real database: what they print, as whom they act, and how they exit."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from exchange.cli.root import root
from exchange.config import Settings
from exchange.jobs import queue, tasks
from tests.jobs.cohort import Cohort, make_cohort

PASSWORD = "an uncommon pass phrase 27"


@pytest.fixture(autouse=True)
def installation(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the commands at the database of the test."""
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EXCHANGE_INSTANCE_DIR", str(settings.instance_dir))
    monkeypatch.chdir(tmp_path)


def _exchange(*arguments: str, typed: str | None = None, code: int = 0) -> Result:
    done = CliRunner().invoke(root, arguments, input=typed)
    assert done.exit_code == code, done.output
    return done


def _json(*arguments: str, **options: Any) -> Any:
    return json.loads(_exchange(*arguments, "--json", **options).stdout)


def _programme(name: str = "Neighbours") -> str:
    made = _json("programme", "create", "--name", name, "--contact-email", "office@example.org")
    return str(made["programme"])


def _cycle(programme: str, **given: str) -> tuple[str, ...]:
    values = {
        "programme": programme,
        "name": "Summer",
        "time-zone": "Europe/Vienna",
        "opens-at": "2026-01-10T09:00",
        "closes-at": "2027-05-01T18:00",
        "stay-from": "2027-07-01",
        "stay-to": "2027-07-20",
        **given,
    }
    return tuple(word for name, value in values.items() for word in (f"--{name}", value))


def _user(email: str, role: str, *rest: str, code: int = 0) -> Result:
    words = ("user", "create", "--email", email, "--role", role, "--password-stdin")
    return _exchange(*words, *rest, typed=f"{PASSWORD}\n", code=code)


def test_migrate_again_is_harmless() -> None:
    assert _json("init") == _json("migrate")


def test_cycle_create_local_times_are_of_its_zone() -> None:
    made = _json("cycle", "create", *_cycle(_programme()))
    assert made["opens_at"] == "2026-01-10T09:00:00+01:00"
    assert made["closes_at"] == "2027-05-01T18:00:00+02:00"
    assert made["sign_up"] == "open"
    assert _json("cycle", "list") == [made]


@pytest.mark.parametrize(
    ("fault", "value", "words"),
    [
        ("closes-at", "2027-03-28T02:30", "clocks change"),
        ("closes-at", "2027-10-31T02:30", "write its offset too"),
        ("closes-at", "2025-01-01T00:00", "close after it opens"),
        ("opens-at", "tomorrow", "such as 2027-01-10T09:00"),
        ("stay-to", "2027-02-30", "such as 2027-07-01"),
        ("time-zone", "Vienna", "time zone"),
    ],
)
def test_cycle_create_impossible_times_exit_with_2(fault: str, value: str, words: str) -> None:
    done = _exchange("cycle", "create", *_cycle(_programme(), **{fault: value}), code=2)
    assert words in done.stderr
    assert _json("cycle", "list") == []


def test_cycle_create_takes_a_time_that_clocks_show_twice_with_its_offset() -> None:
    made = _json(
        "cycle", "create", *_cycle(_programme(), **{"closes-at": "2027-10-31T02:30+01:00"})
    )
    assert made["closes_at"] == "2027-10-31T02:30:00+01:00"


def test_cycle_rule_pack_is_chosen_and_changed() -> None:
    plain = _json("cycle", "create", *_cycle(_programme()))
    assert plain["rule_pack"] == "plain"
    changed = _json("cycle", "rule-pack", plain["cycle"], "us_j1")
    assert changed == plain | {"rule_pack": "us_j1"}
    assert _json("cycle", "list") == [changed]
    _exchange("cycle", "rule-pack", plain["cycle"], "none", code=2)


def test_cycle_is_copied_a_year_later_but_for_what_is_given() -> None:
    given = {"opens-at": "2028-02-29T09:00", "closes-at": "2028-05-01T18:00"}
    days = {"stay-from": "2028-07-01", "stay-to": "2028-07-20"}
    first = _json("cycle", "create", *_cycle(_programme(), **given, **days))
    made = _json("cycle", "copy", first["cycle"], "--stay-to", "2029-08-01")
    assert made["name"] == "Summer 2029"
    assert made["opens_at"].startswith("2029-02-28T09:00")
    assert (made["stay_from_on"], made["stay_to_on"]) == ("2029-07-01", "2029-08-01")
    _exchange("cycle", "copy", first["cycle"], "--closes-at", "2028-01-01T00:00", code=2)


def test_cycle_close_and_open_change_the_sign_up() -> None:
    cycle = _json("cycle", "create", *_cycle(_programme()))["cycle"]
    assert _json("cycle", "close", cycle)["sign_up"] == "closed"
    _exchange("cycle", "open", cycle, code=6)


def test_user_create_administrator_can_act_and_a_stranger_sees_nothing() -> None:
    own, other = _programme("Own"), _programme("Other")
    cycle = _json("cycle", "create", *_cycle(own))["cycle"]
    _user("admin@example.org", "administrator")
    _user("elsewhere@example.org", "coordinator", "--programme", other)
    assert len(_json("cycle", "list", "--as", "admin@example.org")) == 1
    assert _json("cycle", "list", "--as", "elsewhere@example.org") == []
    done = _exchange("cycle", "close", cycle, "--as", "elsewhere@example.org", code=2)
    assert "There is nothing" in done.stderr
    _exchange("cycle", "list", "--as", "nobody@example.org", code=2)


def test_user_create_role_without_programme_or_twice_is_refused() -> None:
    _user("a@example.org", "coordinator", code=2)
    _user("a@example.org", "administrator")
    _user("a@example.org", "administrator", code=6)


def test_user_create_partner_stands_for_an_organisation() -> None:
    programme = ("--programme", _programme())
    done = _user("p@example.org", "partner", *programme, code=2)
    assert "Name the organisation" in done.stderr
    _user("p@example.org", "coordinator", *programme, "--partner", "Bridge", code=2)
    _user("p@example.org", "partner", *programme, "--partner", "Bridge")


def test_user_create_auditor_may_look_and_not_close() -> None:
    programme = _programme()
    cycle = _json("cycle", "create", *_cycle(programme))["cycle"]
    _user("auditor@example.org", "auditor", "--programme", programme)
    assert len(_json("cycle", "list", "--as", "auditor@example.org")) == 1
    _exchange("cycle", "close", cycle, "--as", "auditor@example.org", code=8)


@pytest.fixture
def cohort(engine: sa.Engine) -> Cohort:
    return make_cohort(engine)


def test_run_started_solved_published_and_exported(
    cohort: Cohort, settings: Settings, tmp_path: Path
) -> None:
    started = _json("run", "start", "--cycle", cohort.cycle, "--seed", "3")
    assert (started["state"], started["seed"]) == ("queued", 3)
    assert queue.waiting_runs(settings) == {started["run"]}
    refused = _exchange("run", "start", "--cycle", cohort.cycle, "--json", code=6)
    assert json.loads(refused.stderr)["facts"]["run_id"] == started["run"]

    tasks.execute_run(started["run"], settings)
    shown = _json("run", "show", started["run"])
    assert (shown["state"], shown["placed"]) == ("ready", 7)
    assert shown["report"]["M_bound"] == 7
    assert [run["run"] for run in _json("run", "list", "--cycle", cohort.cycle)] == [shown["run"]]
    first, second = cohort.staff
    _exchange("run", "publish", shown["run"], code=8)
    _exchange("run", "publish", shown["run"], "--as", second, code=6)
    assert _json("run", "propose", shown["run"], "--as", first)["proposed"] is True
    _exchange("run", "publish", shown["run"], "--as", first, code=8)
    assert _json("run", "publish", shown["run"], "--as", second)["state"] == "published"
    _exchange("run", "publish", shown["run"], "--as", second, code=6)
    _exchange("run", "cancel", shown["run"], code=6)

    out = tmp_path / "placements.csv"
    _exchange("export", "placements", "--cycle", cohort.cycle, "-o", str(out))
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("student_id,host_id,")
    assert len(lines) == 8
    assert out.stat().st_mode & 0o077 == 0
    exported = _exchange("export", "contacts", "--cycle", cohort.cycle, "--format", "json")
    assert len(json.loads(exported.stdout)) == 7


def test_cycle_rules_written_to_a_file_are_taken_again(cohort: Cohort, tmp_path: Path) -> None:
    written = _exchange("cycle", "rules", cohort.cycle).stdout
    assert "epsilon = 0.02" in written
    file = tmp_path / "RULES.toml"
    file.write_text(written.replace("epsilon = 0.02", "epsilon = 0.25"), encoding="utf-8")
    taken = _json("cycle", "rules", cohort.cycle, "--take", str(file), "--reason", "Agreed")
    assert taken["version"] == 2
    assert "epsilon = 0.25" in _exchange("cycle", "rules", cohort.cycle).stdout
    same = _json("cycle", "rules", cohort.cycle, "--take", str(file), "--reason", "Again")
    assert same["version"] == 2
    file.write_text('pins = [["nobody", "nowhere"]]', encoding="utf-8")
    _exchange("cycle", "rules", cohort.cycle, "--take", str(file), "--reason", "No", code=2)
    _exchange("cycle", "rules", cohort.cycle, "--take", str(file), code=2)


def test_run_reproduced_gives_the_same_answer_and_says_when_it_does_not(
    cohort: Cohort, settings: Settings, engine: sa.Engine
) -> None:
    run = _json("run", "start", "--cycle", cohort.cycle, "--seed", "3")["run"]
    _exchange("run", "reproduce", run, code=6)
    tasks.execute_run(run, settings)
    again = _json("run", "reproduce", run)
    assert again["same_answer"] is True
    assert again["answer"] == again["answer_again"]
    assert (again["seed"], again["epsilon"]) == (3, 0.02)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE match_run SET result_digest = 'another'"))
    differs = _exchange("run", "reproduce", run, "--json", code=1)
    assert json.loads(differs.stdout)["same_answer"] is False


def test_run_cancelled_while_it_waits_never_starts(cohort: Cohort, settings: Settings) -> None:
    run = _json("run", "start", "--cycle", cohort.cycle)["run"]
    assert _json("run", "cancel", run)["state"] == "cancelled"
    tasks.execute_run(run, settings)
    assert _json("run", "show", run)["state"] == "cancelled"


def test_export_unknown_cycle_exits_with_2() -> None:
    _exchange("export", "placements", "--cycle", "0" * 32, code=2)


def test_app_that_was_lost_is_removed() -> None:
    _user("lost@example.org", "coordinator", "--programme", _programme())
    assert _json("user", "remove-app", "lost@example.org")["app"] == "removed"
    _exchange("user", "remove-app", "lost@example.org", "--as", "lost@example.org", code=8)
    _exchange("user", "remove-app", "nobody@example.org", code=2)
