"""Tables and their queries; one table (with what belongs to it) per file.

Importing this package makes every table known to the metadata.
"""

from exchange.records.account import Account, Membership
from exchange.records.announcement import Announcement
from exchange.records.api_token import ApiReply, ApiToken
from exchange.records.application import Application
from exchange.records.audit_event import AuditEvent
from exchange.records.check import ScreeningCheck
from exchange.records.consent import Consent
from exchange.records.contact import Caseload, ContactAlert, ContactEntry
from exchange.records.cycle import Cycle
from exchange.records.draft import Draft
from exchange.records.export_definition import ExportDefinition
from exchange.records.frontier import Frontier
from exchange.records.guardian import Guardian
from exchange.records.host import (
    Host,
    HostKind,
    HouseholdChange,
    HouseholdEvent,
    HouseholdMember,
)
from exchange.records.import_map import ImportMap
from exchange.records.import_upload import ImportUpload
from exchange.records.incident import Incident, IncidentEntry, IncidentPerson
from exchange.records.mail_text import MailText
from exchange.records.match_run import MatchRun
from exchange.records.offer import HeldPlace, Hold, Offer, OfferAnswer, OfferNote
from exchange.records.outbox_mail import OutboxMail
from exchange.records.override import Override
from exchange.records.placement import ContactRow, Placement, UnplacedRow
from exchange.records.placement_consent import PlacementConsent
from exchange.records.placement_finding import PlacementFinding, PlacementRecheck
from exchange.records.programme import Programme
from exchange.records.publication import Publication
from exchange.records.question import Question, QuestionAnswer
from exchange.records.rate_limit import RateLimit
from exchange.records.relocation import Relocation
from exchange.records.reminder import ReminderRule, ReminderSent
from exchange.records.renewal import Renewal
from exchange.records.role_offer import RoleOffer
from exchange.records.rule_version import RuleVersion
from exchange.records.run_price import RunPrice
from exchange.records.saved_queue import SavedQueue
from exchange.records.screening import SectionReview
from exchange.records.second_factor import RecoveryCode, SecondFactor
from exchange.records.snapshot import Snapshot
from exchange.records.staff_note import StaffNote
from exchange.records.student import Student
from exchange.records.web_session import AccessLink, LinkPurpose, WebSession

__all__ = [
    "AccessLink",
    "Account",
    "Announcement",
    "ApiReply",
    "ApiToken",
    "Application",
    "AuditEvent",
    "Caseload",
    "Consent",
    "ContactAlert",
    "ContactEntry",
    "ContactRow",
    "Cycle",
    "Draft",
    "ExportDefinition",
    "Frontier",
    "Guardian",
    "HeldPlace",
    "Hold",
    "Host",
    "HostKind",
    "HouseholdChange",
    "HouseholdEvent",
    "HouseholdMember",
    "ImportMap",
    "ImportUpload",
    "Incident",
    "IncidentEntry",
    "IncidentPerson",
    "LinkPurpose",
    "MailText",
    "MatchRun",
    "Membership",
    "Offer",
    "OfferAnswer",
    "OfferNote",
    "OutboxMail",
    "Override",
    "Placement",
    "PlacementConsent",
    "PlacementFinding",
    "PlacementRecheck",
    "Programme",
    "Publication",
    "Question",
    "QuestionAnswer",
    "RateLimit",
    "RecoveryCode",
    "Relocation",
    "ReminderRule",
    "ReminderSent",
    "Renewal",
    "RoleOffer",
    "RuleVersion",
    "RunPrice",
    "SavedQueue",
    "ScreeningCheck",
    "SecondFactor",
    "SectionReview",
    "Snapshot",
    "StaffNote",
    "Student",
    "UnplacedRow",
    "WebSession",
]
