"""Headers in seven languages: what they mean, and that no word means two things."""

import tomllib
import unicodedata
from pathlib import Path

import pytest

from exchange.intake import header_words, hosts, students
from exchange.intake.header_words import bare, guess_map

WORDS = tomllib.loads(Path(header_words.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SCRIPTS = ("LATIN", "ARABIC", "HEBREW", "CYRILLIC", "CJK")

HEADERS = {
    "en": "Student No,First Name,Surname,E-mail,Date of Birth,Sex,Citizenship,Languages spoken",
    "fr": "Numéro d’étudiant,Prénom,NOM,Courriel,Date de naissance,Sexe,Nationalité,Langues",
    "es": "Número de estudiante,Nombre,Apellidos,Correo electrónico,Fecha de nacimiento,Género,"
    "Nacionalidad,Idiomas",
    "ar": "رقم الطالب,الاسم الأول,اسم العائلة,البريد الإلكتروني,تاريخ الميلاد,الجنس,الجنسية,اللغات",
    "he": "מספר תלמיד,שם פרטי,שם משפחה,דוא״ל,תאריך לידה,מין,אזרחות,שפות",
    "ru": "Номер студента,Имя,Фамилия,Эл. почта,Дата рождения,Пол,Гражданство,Языки",
    "zh": "学号,名字,姓氏,电子邮箱,出生日期,性别,国籍,语言",
}
MEANT = "student_id,given_name,family_name,email,birth_date,gender,nationality,languages".split(",")
HOST_HEADERS = {
    "en": "Host No,Host family,Phone number,Country,Beds,First day,Last day",
    "fr": "Identifiant,Famille d’accueil,Téléphone,Pays,Nombre de places,Du,Au",
    "es": "Número,Familia anfitriona,Teléfono,País,Plazas,Desde,Hasta",
    "ar": "رقم المضيف,العائلة المضيفة,رقم الهاتف,البلد,عدد الأماكن,من,حتى",
    "he": "מספר מארח,משפחה מארחת,טלפון,מדינה,מספר מקומות,פנוי מ,פנוי עד",
    "ru": "№,Принимающая семья,Телефон,Страна,Количество мест,С,До",
    "zh": "编号,接待家庭,电话,国家,床位数,开始日期,结束日期",
}
HOST_MEANT = "host_id,name,phone,nation,capacity,available_from,available_to".split(",")


@pytest.mark.parametrize("language", HEADERS)
def test_headers_of_students_are_understood(language: str) -> None:
    header = HEADERS[language].split(",")
    found = guess_map(header, students.LAYOUT)
    assert found.columns == dict(zip(MEANT, header, strict=True))
    assert found.only


@pytest.mark.parametrize("language", HOST_HEADERS)
def test_headers_of_hosts_are_understood(language: str) -> None:
    header = HOST_HEADERS[language].replace("Host No", "Host number").split(",")
    found = guess_map(header, hosts.LAYOUT)
    assert found.columns == dict(zip(HOST_MEANT, header, strict=True))


@pytest.mark.parametrize("layout", [students.LAYOUT, hosts.LAYOUT], ids=["student", "host"])
def test_own_names_are_always_understood(layout: students.Layout) -> None:  # type: ignore[type-arg]
    header = [*sorted(layout.columns), "colour", "state", ""]
    found = guess_map(header, layout)
    assert found.columns == {one: one for one in layout.columns}


def test_own_name_counts_before_a_word_and_the_first_word_before_the_second() -> None:
    header = ("Number", "student_id", "Mail", "Courriel")
    found = guess_map(header, students.LAYOUT)
    assert found.columns == {"student_id": "student_id", "email": "Mail"}


@pytest.mark.parametrize("kind", ["student", "host"])
def test_no_word_of_a_kind_means_two_things(kind: str) -> None:
    layout = students.LAYOUT if kind == "student" else hosts.LAYOUT
    meanings: dict[str, set[str]] = {bare(one): {one} for one in layout.columns}
    for table in ("shared", kind):
        for column, words in WORDS[table].items():
            assert column in layout.columns
            assert len({bare(word) for word in words}) == len(words), column
            for word in words:
                meanings.setdefault(bare(word), set()).add(column)
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("layout", [students.LAYOUT, hosts.LAYOUT], ids=["student", "host"])
def test_every_column_has_words_in_every_script(layout: students.Layout) -> None:  # type: ignore[type-arg]
    kind = layout.id_column.removesuffix("_id")
    for column in layout.columns:
        words = WORDS[kind].get(column) or WORDS["shared"][column]
        letters = "".join(words)
        for script in SCRIPTS:
            assert any(unicodedata.name(one, "").startswith(script) for one in letters), (
                column,
                script,
            )
