"""Which host to recruit next, in counts and in words."""

from dataclasses import replace

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.exports.run_report import format_summary
from exchange.formulation.encode import encode
from exchange.formulation.recruit import Recruit, recommend_hosts
from exchange.matching import Options, solve
from exchange.pipeline import run_match
from tests.formulation.cohorts import host, snapshot, student

ENGLISH = (LanguageSkill("en", Level.NATIVE),)
FRENCH = (LanguageSkill("fr", Level.C1),)


def _people(needs: tuple[str, ...] = ("step_free",)) -> Snapshot:
    """Two students who need what the one fitting home, already taken, offers."""
    return snapshot(
        *(student(f"s{row}", "IN", languages=ENGLISH, needs=needs) for row in range(3)),
        student("s3", "IN", languages=ENGLISH),
        host("h0", "PK", languages=ENGLISH, offers=("step_free",)),
        *(host(f"h{row}", "PK", capacity=2, languages=ENGLISH) for row in range(1, 4)),
    )


def recommend(people: Snapshot, **rules: object) -> tuple[Recruit, ...]:
    encoded = encode(people, Rules(**rules))  # type: ignore[arg-type]
    return recommend_hosts(solve(encoded.problem, Options()), encoded)


def test_a_need_that_nobody_else_meets_is_the_host_to_recruit() -> None:
    (found,) = recommend(_people())
    assert found == Recruit("need", "step_free", 2, 2, 0.0)
    assert found.text == (
        "One more home with 2 places that offers step free places 2 students more."
    )


def test_a_home_of_three_where_nations_mix_does_not_hide_whom_to_recruit() -> None:
    people = _people()
    shared = tuple(replace(one, capacity=3) if one.id == "h1" else one for one in people.hosts)
    (found,) = recommend(replace(people, hosts=shared), inside_host_weight=0.1)
    assert (found.kind, found.what, found.students) == ("need", "step_free", 2)


def test_a_need_without_something_asks_for_a_home_without_it() -> None:
    people = _people(("no_pets",))
    with_pets = tuple(replace(one, offers=("pets",)) for one in people.hosts)
    found = recommend(replace(people, hosts=with_pets))
    assert found[0] == Recruit("need", "no_pets", 2, 2, 0.0)
    assert "no pets" in found[0].text


def test_a_language_that_no_free_host_speaks_is_the_host_to_recruit() -> None:
    people = snapshot(
        *(student(f"s{row}", "IN", languages=FRENCH) for row in range(2)),
        *(host(f"h{row}", "PK", languages=ENGLISH) for row in range(3)),
    )
    assert recommend(people) == (Recruit("language", "fr", 1, 1, 0.0),)


def test_a_minimum_of_fit_that_no_host_reaches_is_not_met_by_another() -> None:
    assert recommend(_people(), min_quality=1.0) == ()


def test_where_limits_join_placements_nothing_is_claimed() -> None:
    assert recommend(_people(), max_same_nation_per_host=1) == ()


def test_report_and_summary_name_the_host_to_recruit() -> None:
    report = run_match(_people(), Rules(), Options()).report
    assert report["recruit"] == [
        {
            "kind": "need",
            "what": "step_free",
            "places": 2,
            "students": 2,
            "diversity": 0.0,
            "text": "One more home with 2 places that offers step free places 2 students more.",
        }
    ]
    assert report["recruit"][0]["text"] in format_summary(report).splitlines()
    again = replace(_people(), students=_people().students[::-1], hosts=_people().hosts[::-1])
    assert run_match(again, Rules(), Options()).report["recruit"] == report["recruit"]


def test_summary_of_everybody_placed_names_no_host() -> None:
    people = snapshot(student("s1", languages=ENGLISH), host("h1", languages=ENGLISH))
    report = run_match(people, Rules(), Options()).report
    assert "One more home" not in format_summary(report)
