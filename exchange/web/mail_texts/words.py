"""What each mail is, when it is sent and to whom, in plain words; and what it can fill in."""

from exchange.notices.events import Audience
from exchange.notices.texts import Template
from exchange.web.i18n import lazy_gettext as _l

AUDIENCES = {
    Audience.APPLICANT: _l("To students and hosts"),
    Audience.GUARDIAN: _l("To parents and guardians"),
    Audience.STAFF: _l("To your colleagues"),
}

EVENTS = {
    Template.RECEIVED: (
        _l("The application has arrived"),
        _l("When a form is sent in, to whoever sent it."),
    ),
    Template.STATUS_LINK: (
        _l("A new link to the application"),
        _l("When somebody asks for a link with reference and address."),
    ),
    Template.STATE_CHANGED: (
        _l("Something has changed"),
        _l("When an application is decided or returned, a guardian answers, or an offer changes."),
    ),
    Template.WITHDRAWN_FOR_YOU: (
        _l("The office has withdrawn an application"),
        _l("When staff note that somebody asked for it, to whoever had sent the application."),
    ),
    Template.RESULT: (
        _l("Places were decided"),
        _l("When a match is published, to those who get no offer, or lose one."),
    ),
    Template.RESUME: (
        _l("A link to go on with a form"),
        _l("When somebody keeps an unfinished form for later, or asks for the link again."),
    ),
    Template.GUARDIAN_ASKED: (
        _l("A guardian is asked"),
        _l("When a minor signs up, to each parent or guardian who was named."),
    ),
    Template.GUARDIAN_ASKED_AGAIN: (
        _l("A guardian is asked again"),
        _l("When the words of the agreement have changed, to those who agreed before."),
    ),
    Template.GUARDIAN_WITHDREW: (
        _l("A guardian no longer agrees"),
        _l("When that happens to an application that was approved, to the programme’s address."),
    ),
    Template.PLACEMENTS_FOUND: (
        _l("Placements need a look"),
        _l("Once a day when something was found, to the programme’s address."),
    ),
    Template.HOUSEHOLD_CHANGED: (
        _l("Somebody moves in with a host"),
        _l("When a host announces it, to the programme’s address."),
    ),
    Template.OFFER: (
        _l("There is an offer"),
        _l("When a match is published, to each student and host with an offer."),
    ),
    Template.OFFER_TO_GUARDIAN: (
        _l("There is an offer for a minor"),
        _l("When a match is published, to the guardians who agreed."),
    ),
    Template.NEWS_TO_GUARDIAN: (
        _l("Something has changed for a minor"),
        _l("When an offer changes, to the guardians who agreed."),
    ),
    Template.PUBLICATION_PROPOSED: (
        _l("A second person is needed"),
        _l("When a colleague proposes to publish a match, to those who can confirm it."),
    ),
    Template.REMIND_DRAFT: (
        _l("Reminder: an unfinished form"),
        _l("By a rule, before sign-up closes, to those who left an address."),
    ),
    Template.REMIND_GUARDIAN: (
        _l("Reminder: a guardian has not answered"),
        _l("By a rule, after the question was sent, to the guardian."),
    ),
    Template.REMIND_RETURNED: (
        _l("Reminder: something is to be corrected"),
        _l("By a rule, after an application was returned, to whoever sent it."),
    ),
    Template.REMIND_OFFER: (
        _l("Reminder: an offer is not answered"),
        _l("By a rule, before the time to answer is over, to student or host."),
    ),
    Template.REMIND_OFFER_GUARDIAN: (
        _l("Reminder: a guardian has not answered an offer"),
        _l("By a rule, before the time to answer is over, to the guardian."),
    ),
    Template.REMIND_CHECK: (
        _l("Reminder: a check lapses soon"),
        _l("By a rule, before the last day of a check, to the host."),
    ),
    Template.REMIND_REFERENCE: (
        _l("Reminder: a reference is missing"),
        _l("By a rule, after a host has signed up, to the host."),
    ),
    Template.REMIND_STAFF_WAITING: (
        _l("Reminder to staff: applications wait"),
        _l("By a rule, once a day at most, to the programme’s address."),
    ),
    Template.REMIND_STAFF_HOLDS: (
        _l("Reminder to staff: holds are about to end"),
        _l("By a rule, once a day at most, to the programme’s address."),
    ),
}

PLACEHOLDERS = {
    "link": _l("The link that the reader follows; a new one in each mail. Required."),
    "reference": _l("The reference of the application, such as S-7K3M-92QF."),
    "count": _l("How many there are, as a number."),
    "programme": _l("The name of your programme."),
    "cycle": _l("The name of the cycle."),
    "contact": _l("The programme’s e-mail address."),
}
