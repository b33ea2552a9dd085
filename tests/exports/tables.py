"""One table of each kind, with every shape of cell that its columns can hold."""

from datetime import date

from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.exports.contacts import contacts_table
from exchange.exports.hosts import hosts_table
from exchange.exports.mobilities import mobilities_table
from exchange.exports.participants import participants_table
from exchange.exports.placements import placements_table
from exchange.exports.relocations import relocations_table
from exchange.exports.rooming import rooming_table
from exchange.exports.run_report import run_report_table
from exchange.exports.table import Table
from exchange.exports.unplaced import unplaced_table
from exchange.exports.waiting_list import waiting_list_table

CONTACTS = (
    Contact("FR", "NA", 12, 0.6212345678, 0),
    Contact("CY", "TR", 1, 1.0, 4),
    Contact("DE", "FR", 1234, 0.325, 1, has_data=False),
)


def placements() -> Table:
    return placements_table(
        [
            Placement("S2", "H1", "NA", "FR", 0.5, review=False, only_contact_of_pair=True),
            Placement(
                "S1",
                "=H2",
                "CY",
                "TR",
                1 / 3,
                review=True,
                only_contact_of_pair=False,
                terms={"languages": 1.0, "age": 0.1234567},
            ),
        ],
        ["languages", "age"],
    )


def unplaced() -> Table:
    return unplaced_table(
        [
            Unplaced("S4", "more_students_than_places", "All 3 places are taken."),
            Unplaced("S3", "no_host_passes:age", "No host takes this age; 2 hosts were tried."),
        ]
    )


def participants() -> Table:
    return participants_table(
        [
            {
                "student_id": "a1",
                "reference": "S-7K3M-92QF",
                "state": "approved",
                "given_name": "=Siân; Ann",
                "family_name": "O'Brien",
                "email": "sian@example.org",
                "birth_date": date(2009, 2, 28),
                "gender": "female",
                "nationality": ["NA", "FR"],
                "languages": ["fr:native", "en:B2"],
                "arrive_on": date(2027, 1, 2),
                "needs": ("no_pets",),
                "guardian_agreed": True,
            },
            {"student_id": "a2", "preferred_name": "王小明", "guardian_name": '"Anna"\nMaria'},
        ]
    )


def hosts() -> Table:
    return hosts_table(
        [
            {
                "host_id": "b1",
                "name": "'t Hart",
                "phone": "+972 54 123",
                "address": "1, Main Street\n-Flat 2",
                "nation": "NA",
                "capacity": 2,
                "household": "2/1",
                "min_age": 0,
            }
        ]
    )


def rooming() -> Table:
    return rooming_table(
        [
            {
                "host_id": "b1",
                "host_name": "@home",
                "host_phone": "+33 1",
                "student_id": "a1",
                "arrive_on": date(2027, 1, 2),
                "depart_on": date(2027, 1, 9),
                "nights": 7,
                "needs": ["diet:halal", "no_pets"],
            }
        ]
    )


def run_report() -> Table:
    return run_report_table(
        {"M": 3, "gap": 0.0, "hill": {"0": 2.0}, "switched_off": ["gate:age"], "conflicts": []}
    )


def waiting_list() -> Table:
    return waiting_list_table(
        [
            {
                "student_id": "a3",
                "reference": "S-7K3M-92QF",
                "state": "approved",
                "given_name": "+Ana",
                "nationality": ["BR"],
                "waiting_since": date(2026, 9, 1),
                "sent_on": date(2026, 10, 2),
                "reason": "more_students_than_places",
            },
            {"student_id": "a4", "state": "submitted", "sent_on": date(2026, 11, 1)},
        ]
    )


def mobilities() -> Table:
    return mobilities_table(
        [
            {
                "omobility_id": "p1",
                "status": "confirmed",
                "activity_type": "exchange",
                "sending_partner": "Lycée, Tunis",
                "receiving_host_id": "b1",
                "receiving_country": "CY",
                "planned_arrival_date": date(2027, 1, 2),
                "planned_departure_date": date(2027, 1, 9),
                "global_id": "a1",
                "given_names": "=Siân",
                "birth_date": date(2009, 2, 28),
                "citizenship": ["TN", "FR"],
                "gender": "female",
                "nominee_language_skills": ["fr:native", "en:B2"],
                "additional_requirements": ["diet:halal"],
            }
        ]
    )


def relocations() -> Table:
    return relocations_table(
        [
            {
                "relocation_id": "r1",
                "moved_on": date(2027, 2, 3),
                "reason": "circumstances",
                "student_id": "a1",
                "given_name": "=Siân; Ann",
                "nationality": ["NA", "FR"],
                "joined_on": date(2027, 1, 2),
                "host_id": "b1",
                "host_name": "'t Hart",
                "address": "1, Main Street\n-Flat 2",
                "nation": "NL",
                "next_host_id": "b2",
                "next_host_name": "王",
                "next_nation": "GR",
            },
            {"relocation_id": "r2", "student_id": "a2", "host_id": "b2"},
        ]
    )


ALL = {
    "contacts": lambda: contacts_table(CONTACTS),
    "hosts": hosts,
    "mobilities": mobilities,
    "participants": participants,
    "placements": placements,
    "relocations": relocations,
    "rooming": rooming,
    "run-report": run_report,
    "unplaced": unplaced,
    "waiting-list": waiting_list,
}
