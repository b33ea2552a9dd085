"""Roles and mails in the words of an applicant."""

from exchange.domain.offer import Party
from exchange.domain.roles import Role
from exchange.notices.texts import Template
from exchange.web.i18n import lazy_gettext as _l

ROLES = {
    Role.COORDINATOR.value: _l("A coordinator of the programme"),
    Role.REVIEWER.value: _l("A reviewer of the programme"),
    Role.SAFEGUARDING_LEAD.value: _l("The programme’s safeguarding lead"),
    Role.PROGRAMME_ADMINISTRATOR.value: _l("An administrator of the programme"),
    Role.ADMINISTRATOR.value: _l("An administrator of this service"),
    Role.LOCAL_COORDINATOR.value: _l("The local coordinator who looks after you or your guest"),
    Role.PARTNER.value: _l("The organisation that sends you"),
    Party.STUDENT.value: _l("The student who was offered your home"),
    Party.GUARDIAN.value: _l("A parent or guardian of the student who was offered your home"),
    Party.HOST.value: _l("The host whose home you were offered"),
}

MAILS = {
    Template.RECEIVED.value: _l("That your application has arrived"),
    Template.STATUS_LINK.value: _l("A link that was asked for"),
    Template.STATE_CHANGED.value: _l("That something has changed"),
    Template.WITHDRAWN_FOR_YOU.value: _l("That the office has withdrawn your application"),
    Template.RESULT.value: _l("That places have been decided"),
    Template.OFFER.value: _l("That there is an offer to answer"),
    Template.OFFER_TO_GUARDIAN.value: _l("To a parent or guardian: that there is an offer"),
    Template.NEWS_TO_GUARDIAN.value: _l("To a parent or guardian: that something has changed"),
    Template.RESUME.value: _l("A link to go on with your answers"),
    Template.DRAFT_REMINDER.value: _l("That something you began is still waiting"),
    Template.GUARDIAN_ASKED.value: _l("The question to your parent or guardian"),
    Template.GUARDIAN_ASKED_AGAIN.value: _l("A new question to your parent or guardian"),
    Template.GUARDIAN_WITHDREW.value: _l("To the staff: that a guardian no longer agrees"),
    Template.HOUSEHOLD_CHANGED.value: _l("To the staff: that somebody moves in with you"),
    Template.REMIND_GUARDIAN.value: _l("A reminder to your parent or guardian"),
    Template.REMIND_RETURNED.value: _l("A reminder that something is to be corrected"),
    Template.REMIND_OFFER.value: _l("A reminder that an offer waits for your answer"),
    Template.REMIND_OFFER_GUARDIAN.value: _l(
        "A reminder to your parent or guardian that an offer waits"
    ),
    Template.REMIND_CHECK.value: _l("A reminder that a check has to be made again"),
    Template.REMIND_REFERENCE.value: _l("A reminder that a reference is missing"),
    Template.ANNOUNCEMENT.value: _l("A message of the programme"),
    Template.ANNOUNCEMENT_TO_GUARDIAN.value: _l(
        "A message of the programme to your parent or guardian"
    ),
}
