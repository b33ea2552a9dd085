"""The plain words of coded answers, as both sign-up forms and pages about a person show them."""

from exchange.domain.attributes import Gender, Level, Lifestyle
from exchange.domain.cycle import ApplicationState
from exchange.web.i18n import lazy_gettext as _l

LEVELS = {
    Level.NATIVE: _l("I grew up with it"),
    Level.C2: _l("I speak it almost as if I had grown up with it (C2)"),
    Level.C1: _l("I speak it fluently, also about difficult things (C1)"),
    Level.B2: _l("I hold long conversations with ease (B2)"),
    Level.B1: _l("I get along in most situations (B1)"),
    Level.A2: _l("I can say simple, everyday things (A2)"),
    Level.A1: _l("I know a few words and sentences (A1)"),
}

GENDERS = {
    Gender.FEMALE: _l("Female"),
    Gender.MALE: _l("Male"),
    Gender.NON_BINARY: _l("Non-binary"),
}

HOUSEHOLD_GENDERS = {
    Gender.FEMALE: _l("Women and girls"),
    Gender.MALE: _l("Men and boys"),
    Gender.NON_BINARY: _l("Non-binary people"),
}

LIFESTYLES = {
    Lifestyle.QUIET: _l("Quiet"),
    Lifestyle.LIVELY: _l("Lively"),
}

OFFER_WORDS = {
    "children": _l("Children live in the home"),
    "diet:gluten_free": _l("Gluten-free food"),
    "diet:halal": _l("Halal food"),
    "diet:kosher": _l("Kosher food"),
    "diet:vegan": _l("Vegan food"),
    "diet:vegetarian": _l("Vegetarian food"),
    "garden": _l("A garden"),
    "internet": _l("Internet at home"),
    "own_bathroom": _l("A bathroom of one’s own"),
    "own_room": _l("A room of one’s own"),
    "pets": _l("Pets live in the home"),
    "public_transport": _l("Public transport close by"),
    "quiet_study": _l("A quiet place to study"),
    "smoking": _l("Smoking is allowed inside"),
    "step_free": _l("Step-free access"),
}

NEED_WORDS = OFFER_WORDS | {
    "no_children": _l("No children in the home"),
    "no_pets": _l("No pets in the home"),
    "no_smoking": _l("A smoke-free home"),
    "children": _l("Children in the home"),
    "pets": _l("Pets in the home"),
    "smoking": _l("A home where smoking is allowed"),
    "no_single_adult": _l("No home of one adult who lives alone"),
    "no_other_students": _l("No other guest in the home"),
}

KIND_WORDS = {
    "other_students": _l("another student"),
    "single_adult": _l("one adult who lives alone"),
    "children": _l("children"),
    "pets": _l("animals"),
}

YES_OR_NO = {"yes": _l("Yes"), "no": _l("No")}
REFERENCE_RELATIONS = {
    "friend": _l("Friend"),
    "neighbour": _l("Neighbour"),
    "colleague": _l("Colleague"),
    "employer": _l("Employer"),
    "teacher": _l("Teacher"),
    "doctor": _l("Doctor"),
    "community": _l("Somebody from a club, an association or a place of worship"),
    "other": _l("Somebody else who knows the household well, and is not related"),
}
"""No relatives among them, and nobody who lives in the home."""

INTEREST_WORDS = {
    "animals": _l("Animals"),
    "art": _l("Art"),
    "board_games": _l("Board games"),
    "books": _l("Books"),
    "chess": _l("Chess"),
    "cooking": _l("Cooking"),
    "cycling": _l("Cycling"),
    "dance": _l("Dance"),
    "film": _l("Film"),
    "football": _l("Football"),
    "gardening": _l("Gardening"),
    "hiking": _l("Hiking"),
    "history": _l("History"),
    "languages": _l("Languages"),
    "music": _l("Music"),
    "nature": _l("Nature"),
    "photography": _l("Photography"),
    "politics": _l("Politics"),
    "programming": _l("Programming"),
    "science": _l("Science"),
    "singing": _l("Singing"),
    "swimming": _l("Swimming"),
    "team_sports": _l("Team sports"),
    "theatre": _l("Theatre"),
    "travel": _l("Travel"),
    "video_games": _l("Video games"),
    "volunteering": _l("Volunteering"),
    "water_sports": _l("Water sports"),
    "winter_sports": _l("Winter sports"),
    "writing": _l("Writing"),
}

FIELD_WORDS = {
    "00": _l("School, or general studies"),
    "01": _l("Education and teaching"),
    "02": _l("Arts, humanities and languages"),
    "03": _l("Social sciences and journalism"),
    "04": _l("Business, administration and law"),
    "05": _l("Natural sciences and mathematics"),
    "06": _l("Computing"),
    "07": _l("Engineering, crafts and building"),
    "08": _l("Agriculture, forestry and fishing"),
    "09": _l("Health and care"),
    "10": _l("Services, sport, tourism and transport"),
}

STATES = {
    ApplicationState.WAITING: _l("Waiting for your parent or guardian"),
    ApplicationState.SUBMITTED: _l("Received"),
    ApplicationState.APPROVED: _l("Approved"),
    ApplicationState.RETURNED: _l("Waiting for you"),
    ApplicationState.DECLINED: _l("Not accepted"),
    ApplicationState.WITHDRAWN: _l("Withdrawn"),
}

NEXT_STEPS = {
    ApplicationState.WAITING: _l(
        "We have written to your parent or guardian. When they have agreed, the programme’s staff "
        "read your answers. Nothing goes on before that."
    ),
    ApplicationState.SUBMITTED: _l(
        "The programme’s staff read your answers and get in touch. "
        "There is nothing that you need to do now."
    ),
    ApplicationState.APPROVED: _l(
        "Everything is in order. When sign-up has closed, the match is made and looked over by "
        "people. You then hear from us by e-mail."
    ),
    ApplicationState.RETURNED: _l(
        "The programme’s staff need something from you before they can go on. "
        "When you have changed your answers and sent them again, they read them once more."
    ),
    ApplicationState.DECLINED: _l(
        "The programme cannot take you this time. If you would like to know more, "
        "write to its staff."
    ),
    ApplicationState.WITHDRAWN: _l(
        "You have withdrawn. You will not be matched, "
        "and nobody will write to you about this cycle."
    ),
}
