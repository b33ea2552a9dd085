"""The validated profile of a student and of a host: the same at every border.

A form, a seed, a row of a file and a command all end here; what follows trusts it. What one
answer may be is said in `answers`.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from exchange.domain.attributes import PLACEMENT_KINDS, Gender, Lifestyle, age_on
from exchange.domain.screening import mailbox
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.intake.answers import (
    Age,
    Birth,
    Day,
    Genders,
    Interests,
    Kinds,
    Languages,
    Mail,
    Name,
    Nation,
    Needs,
    Offers,
    Short,
    StudyField,
    Words,
    mailbox_key,
    once,
    text,
)

MAX_CAPACITY = 500


class Disagreement(ValueError):
    """Two answers that do not go together; `field` names the one to look at first."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


class _Profile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Mail = None
    languages: Languages = ()
    interests: Interests = ()
    field: StudyField = None
    lifestyle: Lifestyle | None = None
    never: Words = ()


class StudentProfile(_Profile):
    """What a student tells us. Only a nationality is required everywhere."""

    given_name: Name = None
    family_name: Name = None
    preferred_name: Name = None
    birth_on: Birth | None = None
    age: Age | None = None
    gender: Gender | None = None
    nationalities: Annotated[
        tuple[Nation, ...], Field(min_length=1, max_length=5), AfterValidator(once)
    ]
    home_city: Short = None
    school: Short = None
    arrive_on: Day | None = None
    depart_on: Day | None = None
    needs: Needs = ()
    wishes: Needs = ()
    open_to: Kinds | None = None
    waiting_since: Day | None = None
    host_gender: Genders = ()
    ranked_hosts: Words = ()
    ranked_nations: Annotated[tuple[Nation, ...], Field(max_length=5), AfterValidator(once)] = ()
    keep_with: Words = ()
    keep_apart: Words = ()
    partner: Annotated[str, text(100)] | None = None
    letter: Annotated[str, text(3000, lines=True)] | None = None
    emergency_contact: Annotated[str, text(500, lines=True)] | None = None
    guardian_name: Name = None
    guardian_email: Mail = None
    second_guardian_name: Short = None
    second_guardian_email: Mail = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.arrive_on and self.depart_on and self.depart_on < self.arrive_on:
            raise Disagreement("The day of departure is before the day of arrival", "depart_on")
        self._check_guardians()
        return self

    def _check_guardians(self) -> None:
        taken = {mailbox_key(self.email)} if self.email else set()
        for name in ("guardian_email", "second_guardian_email"):
            stated = getattr(self, name)
            if stated and mailbox_key(stated) in taken:
                raise Disagreement("Each guardian needs an e-mail address of their own", name)
            if stated:
                taken.add(mailbox_key(stated))

    def age_at(self, day: date | None) -> int | None:
        """Whole years of age on a day; as stated where no date of birth is known."""
        if self.birth_on is None or day is None:
            return self.age
        return age_on(self.birth_on, day)

    def _kept_from(self) -> tuple[str, ...]:
        """The needs that follow from what the student did not agree to, if that was asked."""
        if self.open_to is None:
            return ()
        return tuple(f"no_{kind}" for kind in PLACEMENT_KINDS if kind not in self.open_to)

    def to_entry(
        self, student_id: str, *, arrive_on: date | None = None, cleared: bool = True
    ) -> StudentEntry:
        """Keep what the match may know. `arrive_on` serves for the age when none is stated."""
        return StudentEntry(
            id=student_id,
            nationalities=self.nationalities,
            languages=self.languages,
            age=self.age_at(self.arrive_on or arrive_on),
            gender=self.gender,
            interests=self.interests,
            field=self.field,
            arrive_on=self.arrive_on,
            depart_on=self.depart_on,
            needs=once(self.needs + self._kept_from()),
            wishes=self.wishes,
            lifestyle=self.lifestyle,
            waiting_since=self.waiting_since,
            host_gender=self.host_gender,
            ranked_hosts=self.ranked_hosts,
            ranked_nations=self.ranked_nations,
            keep_with=self.keep_with,
            keep_apart=self.keep_apart,
            partner=self.partner,
            never=self.never,
            cleared=cleared,
        )


class MemberProfile(BaseModel):
    """Somebody who lives in the household."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    birth_on: Birth
    gender: Gender | None = None
    relation: Annotated[str, text(100)] | None = None


class HostProfile(_Profile):
    """What a host tells us. Only nation and capacity are required everywhere."""

    kind: Literal["household", "institution"] = "household"
    name: Short = None
    phone: Annotated[str, text(40)] | None = None
    address: Annotated[str, text(500, lines=True)] | None = None
    city: Short = None
    nation: Nation
    capacity: Annotated[int, Field(ge=0, le=MAX_CAPACITY)]
    available_from: Day | None = None
    available_to: Day | None = None
    offers: Offers = ()
    adults: Annotated[int, Field(ge=0, le=50)] | None = None
    children: Annotated[int, Field(ge=0, le=50)] | None = None
    child_ages: Annotated[tuple[Age, ...], Field(max_length=50)] = ()
    household_genders: Genders = ()
    genders_accepted: Genders = ()
    min_age: Age | None = None
    max_age: Age | None = None
    group: Annotated[str, text(100)] | None = None
    about: Annotated[str, text(3000, lines=True)] | None = None
    motivation: Annotated[str, text(3000, lines=True)] | None = None
    house_rules: Annotated[str, text(3000, lines=True)] | None = None
    guest_rooms: Annotated[int, Field(ge=0, le=MAX_CAPACITY)] | None = None
    guest_beds: Annotated[int, Field(ge=0, le=MAX_CAPACITY)] | None = None
    responsible_name: Short = None
    responsible_email: Mail = None
    insurer: Short = None
    group_size: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] | None = None
    reference_1_name: Short = None
    reference_1_email: Mail = None
    reference_1_phone: Annotated[str, text(40)] | None = None
    reference_1_relation: Annotated[str, text(100)] | None = None
    reference_2_name: Short = None
    reference_2_email: Mail = None
    reference_2_phone: Annotated[str, text(40)] | None = None
    reference_2_relation: Annotated[str, text(100)] | None = None
    members: Annotated[tuple[MemberProfile, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.available_from and self.available_to and self.available_to < self.available_from:
            raise Disagreement("The last day is before the first day", "available_to")
        if self.min_age is not None and self.max_age is not None and self.max_age < self.min_age:
            raise Disagreement("The highest age is below the lowest age", "max_age")
        references = [self.reference_1_email, self.reference_2_email]
        mailboxes = [mailbox(one) for one in (self.email, *references) if one]
        if len(set(mailboxes)) < len(mailboxes):
            raise Disagreement(
                "References are two different people, and neither is the host", "reference_1_email"
            )
        return self

    def to_entry(self, host_id: str, *, on: date | None = None, cleared: bool = True) -> HostEntry:
        """Keep what the match may know; `on` is the day on which members' ages count."""
        adults, children, ages, genders = self._household(on)
        return HostEntry(
            id=host_id,
            nation=self.nation,
            capacity=self.capacity,
            languages=self.languages,
            available_from=self.available_from,
            available_to=self.available_to,
            offers=self.offers,
            interests=self.interests,
            field=self.field,
            adults=adults,
            children=children,
            child_ages=ages,
            household_genders=genders,
            lifestyle=self.lifestyle,
            genders_accepted=self.genders_accepted,
            min_age=self.min_age,
            max_age=self.max_age,
            group=self.group,
            never=self.never,
            cleared=cleared,
        )

    def _household(
        self, on: date | None
    ) -> tuple[int | None, int | None, tuple[int, ...], tuple[Gender, ...]]:
        """Count the members where they are listed, else take what was stated."""
        if not self.members or on is None:
            return self.adults, self.children, self.child_ages, self.household_genders
        ages = sorted(age_on(member.birth_on, on) for member in self.members)
        child_ages = tuple(age for age in ages if age < 18)
        genders = tuple(sorted({member.gender for member in self.members if member.gender}))
        adults = len(ages) - len(child_ages)
        return adults, len(child_ages), child_ages, genders or self.household_genders
