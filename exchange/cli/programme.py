"""`exchange programme`: standing exchange offers."""

import click

from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show, show_table
from exchange.services import programmes


@click.group()
def programme() -> None:
    """Create and list programmes."""


@programme.command(name="create")
@click.option("--name", required=True)
@click.option("--contact-email", required=True, help="Where applicants may write to.")
@click.option("--time-zone", default="UTC", show_default=True, help="Such as Europe/Lisbon.")
@as_option
@json_option
def create(name: str, contact_email: str, time_zone: str, email: str | None, as_json: bool) -> None:
    """Create a programme."""
    with acting(email) as desk:
        made = programmes.create_programme(
            desk.session,
            desk.actor,
            name=name,
            contact_email=contact_email,
            time_zone=time_zone,
            at=desk.at,
        )
        desk.session.commit()
        show({"programme": made.public_id, "name": made.name}, as_json=as_json)


@programme.command(name="list")
@as_option
@json_option
def list_all(email: str | None, as_json: bool) -> None:
    """List programmes."""
    with acting(email) as desk:
        rows = [
            {"programme": one.public_id, "name": one.name, "time_zone": one.time_zone}
            for one in programmes.list_programmes(desk.session, desk.actor)
        ]
    show_table(rows, list(rows[0]) if rows else [], as_json=as_json, nothing="No programme yet.")
