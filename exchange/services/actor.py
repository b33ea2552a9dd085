"""Who acts: an account, an applicant or guardian who came through a link, or the service itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exchange.domain.roles import Permission, Role, may


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf something is done; without an id and a name, an anonymous visitor.

    Attributes
    ----------
    account_id, application_id, guardian_id : int or None
        Row ids.
    roles : mapping
        Roles by the programme's row id.
    partners : mapping
        The organisation that a partner stands for, by the programme's row id.
    name : str
        Of a part of the service that acts by itself.
    stepped_up_at : datetime or None
        When somebody who is signed in last typed a code of their app, in this session.
    token_id : int or None
        Of the token with which a program acts for the account.
    limited_to : frozenset of Permission, optional
        All that the scopes of the token ask for, whatever else the roles carry.
    """

    account_id: int | None = None
    application_id: int | None = None
    guardian_id: int | None = None
    is_administrator: bool = False
    roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    partners: Mapping[int, str] = field(default_factory=dict)
    name: str = "anonymous"
    stepped_up_at: datetime | None = None
    token_id: int | None = None
    limited_to: frozenset[Permission] | None = None

    @property
    def label(self) -> str:
        """What the audit trail shows: an id, never a person's name."""
        if self.token_id is not None:
            return f"token:{self.token_id}"
        if self.account_id is not None:
            return f"account:{self.account_id}"
        if self.application_id is not None:
            return f"application:{self.application_id}"
        if self.guardian_id is not None:
            return f"guardian:{self.guardian_id}"
        return self.name

    def roles_in(self, programme_id: int) -> frozenset[Role]:
        """The roles in force in one programme; an administrator's everywhere."""
        held = self.roles.get(programme_id, frozenset())
        return held | {Role.ADMINISTRATOR} if self.is_administrator else held

    def may(self, permission: Permission, programme_id: int) -> bool:
        """Say whether the permission is held in that programme."""
        if self.limited_to is not None and permission not in self.limited_to:
            return False
        return may(self.roles_in(programme_id), permission)

    def may_somewhere(self, permission: Permission) -> bool:
        """Say whether the permission is held in any programme.

        An administrator of the installation never counts as a safeguarding lead as well: who can
        give roles to anybody, themselves included, sees no incident.
        """
        if self.limited_to is not None and permission not in self.limited_to:
            return False
        if self.is_administrator:
            return may(frozenset({Role.ADMINISTRATOR}), permission)
        return any(may(roles, permission) for roles in self.roles.values())


SYSTEM = Actor(is_administrator=True, name="system")
"""The service itself: worker, seeds."""
COMMAND = Actor(is_administrator=True, name="command")
"""Somebody at the command line of the installation, who named no account."""
