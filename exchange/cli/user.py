"""`exchange user`: accounts of staff. The first administrator can only be made here."""

import sys

import click

from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show
from exchange.domain.roles import Role
from exchange.errors import InvalidInput
from exchange.services import account_links, accounts, programmes, step_up

_STAFF = [role.value for role in Role if role not in (Role.ANONYMOUS, Role.STUDENT, Role.GUARDIAN)]


@click.group()
def user() -> None:
    """Create accounts."""


@user.command(name="create")
@click.option("--email", "new_email", required=True, metavar="EMAIL")
@click.option("--name", default=None, help="Shown to colleagues. [default: the role]")
@click.option("--role", type=click.Choice(_STAFF), required=True)
@click.option("--programme", default=None, help="Id of the programme; not for administrators.")
@click.option("--partner", default=None, help="The sending organisation; for that role only.")
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
)
@as_option
@json_option
def create(
    new_email: str,
    name: str | None,
    role: str,
    programme: str | None,
    partner: str | None,
    password_stdin: bool,
    email: str | None,
    as_json: bool,
) -> None:
    """Create an account with one role."""
    password = sys.stdin.readline().rstrip("\n")
    if (role == Role.ADMINISTRATOR) == (programme is not None):
        raise InvalidInput(
            "An administrator is of the whole installation, every other role is of a programme: "
            "give --programme for it, and none for an administrator.",
            {"programme": ["Give the id of a programme, except for an administrator."]},
        )
    with acting(email) as desk:
        programme_id = None
        if programme is not None:
            programme_id = programmes.get_programme(desk.session, desk.actor, programme).id
        made = accounts.create_account(
            desk.session,
            desk.actor,
            email=new_email,
            display_name=name or role.replace("_", " ").capitalize(),
            password=password,
            role=None if programme_id is None else Role(role),
            programme_id=programme_id,
            partner=partner,
            is_administrator=role == Role.ADMINISTRATOR,
            at=desk.at,
        )
        desk.session.commit()
        show({"account": made.public_id, "role": role}, as_json=as_json)


@user.command(name="remove-app")
@click.argument("of_email", metavar="EMAIL")
@as_option
@json_option
def remove_app(of_email: str, email: str | None, as_json: bool) -> None:
    """Take the app that shows codes from an account that lost it and its recovery codes.

    Make sure that it is really this person who asks.
    """
    with acting(email) as desk:
        account = accounts.find_account(desk.session, of_email)
        step_up.remove(desk.session, desk.actor, account, desk.at)
        account_links.tell_of_change(desk.session, account, desk.at)
        desk.session.commit()
        show({"account": account.public_id, "app": "removed"}, as_json=as_json)
