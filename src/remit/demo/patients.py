"""The sixty people of the demo, and where each of them stands today."""

from __future__ import annotations

from datetime import date

from remit.demo import scripts
from remit.demo.arrivals import candidate, declined, only_referred
from remit.demo.courses import IV, SC, SPRAVATO, THRICE, TWICE, Plan, Today, treated
from remit.demo.histories import ONE_FAILED, PUBLISHED, RESISTANT, History
from remit.demo.people import Person, Told
from remit.demo.scores import IMPROVES, RELAPSES, REMITS, RESPONDS, RESPONDS_LATE, STAYS, WORSENS
from remit.demo.today import arriving, infusing, observing
from remit.pathway.referral import Vitals

_NAMES = """
Abernathy Chidi m 1984-05-11 78 179|Baxley Ines f 1990-02-03 64 166|Calloway Mara f 1978-03-04 62 168
Darrow Felix m 1969-11-28 91 183|Eastman Priya f 1995-07-19 58 161|Fairbank Otis m 1961-01-30 84 175
Garland Noemi f 1987-09-08 71 170|Hollis Ravi m 1992-12-14 76 177|Inskip Greta f 1957-06-22 66 159
Jarrett Luca m 1980-10-05 88 181|Kirkwood Amara f 1974-04-17 82 172|Lockhart Emil m 1989-08-26 73 176
Mayfield Sunniva f 1998-01-09 60 169|Norcross Hugo m 1966-03-15 95 186|Osgood Leila f 1983-05-27 69 164
Pemberton Ansel m 1979-07-02 80 178|Quimby Rosa f 1991-11-11 57 158|Radley Bram m 1955-02-24 79 172
Selwyn Nadia f 1986-06-06 74 171|Thackeray Milo m 1994-09-21 70 180|Underhill Vera f 1970-12-30 67 163
Vantage Jonas m 1988-03-08 86 184|Wexford Tilda f 1963-10-19 63 160|Yarrow Idris m 1976-08-13 90 182
Ashcombe Freya f 1993-04-01 61 167|Birchall Kenji m 1981-01-22 72 174|Coldwell Petra f 1959-05-16 70 162
Dunmore Silas m 1997-10-29 77 185|Ellery Paloma f 1985-02-07 65 165|Farrow Desmond m 1972-07-31 93 180
Greaves Anika f 1990-06-12 59 160|Haldane Rufus m 1968-09-03 87 179|Ivers Camila f 1996-12-05 62 168
Jessop Tobias m 1982-11-23 81 177|Kendrick Maeve f 1965-04-09 68 161|Langley Osman m 1978-01-18 85 176
Merrow Delia f 1989-03-27 73 173|Nettleton Viktor m 1958-08-20 82 174|Orchard Simone f 1992-10-14 56 157
Penrose Alaric m 1975-06-25 89 183|Quillan Beata f 1984-12-02 66 166|Rookwood Darius m 1999-02-15 74 181
Stanmore Elif f 1971-05-05 72 165|Tamsin Gilbert m 1987-07-17 78 178|Upton Marisol f 1960-11-08 64 159
Varley Anton m 1993-01-26 83 187|Whitlock Zora f 1980-09-12 70 170|Yardley Caspian m 1967-03-03 92 178
Alcott Henrike f 1986-04-22 63 164|Bramwell Joaquin m 1977-10-10 84 180|Crewe Saskia f 1994-05-30 58 162
Drayton Malik m 1964-12-19 88 175|Enfield Lorna f 1991-08-07 67 169|Fenwick Arlo m 1983-02-28 79 182
Gadsby Ilse f 1956-07-14 61 158|Harwood Mateo m 1990-01-05 75 176|Isherwood Ciara f 1973-06-18 69 167
Jocelyn Piers m 1985-11-30 86 184|Kelsey Rania f 1998-03-21 60 163|Lorimer Stellan m 1962-09-25 90 181
"""


def people() -> list[Person]:
    """Everybody, in the order of the list."""
    lines = [one for line in _NAMES.split("\n") for one in line.split("|") if one]
    return [_person(place, *line.split()) for place, line in enumerate(lines, start=1)]


def _person(place: int, family: str, given: str, sex: str, born: str, kg: str, cm: str) -> Person:
    sex = {"f": "female", "m": "male"}[sex]
    return Person(place, family, given, date.fromisoformat(born), sex, float(kg), float(cm))


_PRESSURE_TREATED = History(
    RESISTANT[1], answers={"hypertension_treated": "yes"}, medications=(("duloxetine", 60), ("lisinopril", 10))
)
_ON_LORAZEPAM = History(RESISTANT[0], medications=(("sertraline", 150), ("lorazepam", 1)))
_OPEN = History(RESISTANT[2], asked=False)
_SPARING = "1 mg at night only, held on the eve of a session."
DONE = "Series completed as planned; back to the referring practice with a letter."

TODAY: tuple[Told, ...] = (
    # Under way: chair 1 infuses, chair 2 observes, chair 3 is at the gate.
    treated(Plan(IV, -10, RESPONDS, TWICE, today=Today(1, 50, "nurse", 45), odd={4: (infusing,)})),
    treated(Plan(SPRAVATO, -17, RESPONDS_LATE, then=(2, "84 mg"), odd={6: (observing,)},
                 today=Today(2, 105, "nurse", 100))),
    treated(Plan(SC, -7, IMPROVES, today=Today(3, 15, "second_nurse", 12), odd={3: (arriving,)})),
    # This morning, and later today.
    treated(Plan(IV, -9, REMITS, THRICE, today=Today(1, "08:15", "nurse"), odd={2: (scripts.nausea,)})),
    treated(Plan(SPRAVATO, -3, IMPROVES, then=(2, "84 mg"), unsigned=frozenset({2}),
                 today=Today(3, "09:00", "second_nurse"))),
    treated(Plan(SPRAVATO, -36, REMITS, then=(2, "84 mg"), today=Today(2, "14:30", "nurse"), own_page=True,
                 moved=(10, "rang: train cancelled, comes tomorrow"))),
    treated(Plan(IV, 0, RESPONDS, THRICE, today=Today(1, "15:15", "second_nurse"))),
)  # fmt: skip

COURSES: tuple[Told, ...] = (
    # In induction.
    treated(Plan(IV, -5, RESPONDS, TWICE)),
    treated(Plan(IV, -12, STAYS, TWICE, then=(4, "0.75 mg/kg"), decisions={3: "dose_step"},
                 odd={2: (scripts.odd_cuff,)})),
    treated(Plan(IV, -8, REMITS, THRICE, odd={3: (scripts.misread,)})),
    treated(Plan(IV, -1, RESPONDS_LATE, THRICE)),
    # Answered an hour ago and less: a risky answer that is being answered, and a form left half filled.
    treated(Plan(IV, -16, STAYS, TWICE, answers_today=(24, (2, 3, 3, 2, 2, 3, 2, 1, 2)))),
    treated(Plan(SPRAVATO, -12, RESPONDS, then=(2, "84 mg"), odd={3: (scripts.hypertension,)},
                 history=_PRESSURE_TREATED)),
    treated(Plan(SPRAVATO, -8, STAYS.but(missed={1}))),
    treated(Plan(SPRAVATO, -6, RESPONDS)),
    treated(Plan(SPRAVATO, -16, IMPROVES.but(half_filled={2}), then=(2, "84 mg"))),
    treated(Plan(SC, -13, RESPONDS, answers_today=(31, (1, 1, 2, 1, 1, None, None, None, None)))),
    treated(Plan(SC, -19, IMPROVES.but(corrected={1}), odd={2: (scripts.nausea,)})),
    # Optimisation and maintenance.
    treated(Plan(SPRAVATO, -39, RESPONDS.but(missed={3}), then=(2, "84 mg"), odd={5: (scripts.misread,)})),
    treated(Plan(SPRAVATO, -68, REMITS, maintained=(14, 8))),
    treated(Plan(IV, -33, REMITS, THRICE, maintained=(7, 4))),
    # Completed: who responded, who did not, who relapsed.
    treated(Plan(IV, -45, REMITS, THRICE, ends=DONE)),
    treated(Plan(IV, -59, RESPONDS, TWICE, ends=DONE, odd={1: (scripts.nausea,), 4: (scripts.overridden,)})),
    treated(Plan(SPRAVATO, -80, REMITS.but(missed={4}), ends=DONE)),
    treated(Plan(IV, -66, STAYS, TWICE, then=(4, "0.75 mg/kg"), decisions={3: "dose_step", 6: "stop"})),
    treated(Plan(SPRAVATO, -55, WORSENS.but(risky={2: 2}), then=(2, "84 mg"), decisions={8: "stop"})),
    treated(Plan(IV, -76, RELAPSES.but(risky={8: 1}), THRICE, ends=DONE)),
    treated(Plan(SPRAVATO, -25, IMPROVES, odd={5: (scripts.left,)}, unsigned=frozenset({5}),
                 stops_after=5, ends="Left session 5 against advice and wishes no further treatment.")),
    treated(Plan(IV, -30, STAYS, TWICE, odd={2: (scripts.stopped,)}, stops_after=2,
                 ends="Could not bear the infusion; asked to end.")),
    # Planned.
    treated(Plan(IV, 3, STAYS, TWICE)),
    treated(Plan(SPRAVATO, 4, STAYS)),
    treated(Plan(SPRAVATO, 2, STAYS, history=_ON_LORAZEPAM, decided={"benzodiazepines": _SPARING})),
    treated(Plan(SC, 5, IMPROVES, booked=False)),
)  # fmt: skip

CANDIDATES: tuple[Told, ...] = (
    # The published worked history: two of five count.
    candidate(-9, History(PUBLISHED, months=24, asked=False)),
    candidate(-8, _OPEN),
    candidate(-7, History(RESISTANT[4], asked=False)),
    candidate(-6, History(RESISTANT[3], asked=False), SPRAVATO),
    candidate(-12, History(RESISTANT[1]), IV),
    # Blocked, each for a reason that one sees.
    candidate(-14, History(RESISTANT[0], answers={"aneurysmal_vascular_disease": "yes"}), SPRAVATO),
    candidate(-11, History(RESISTANT[2], checks={"pregnancy_test": "positive"}, answers={"pregnancy": "yes"}),
              SPRAVATO),
    candidate(-10, History(RESISTANT[1], answers={"allergies": ""}), IV,
              allergy=("ketamine", "rash and wheeze at an operation")),
    candidate(-13, History(RESISTANT[4], checks={"rems_enrolment": "not_done"}), SPRAVATO),
    # Waiting for a prescriber's decision.
    candidate(-12, History(ONE_FAILED), SPRAVATO),
    candidate(-9, _PRESSURE_TREATED, IV, vitals=Vitals(systolic=152, diastolic=94, heart_rate=81, spo2=97)),
    candidate(-13, History(RESISTANT[3], answers={"psychosis": "yes"}), IV),
    candidate(-10, _ON_LORAZEPAM, SPRAVATO),
    # Screened with nothing against it; a plan is to be chosen.
    candidate(-5, History(RESISTANT[1]), SPRAVATO),
    candidate(-6, History(RESISTANT[4]), SC),
    candidate(-8, History(RESISTANT[3]), IV),
    candidate(-16, History(RESISTANT[2], months=30), IV),
    candidate(-20, History(RESISTANT[0], severity="moderate"), SPRAVATO),
    # Referred.
    only_referred(-1),
    only_referred(-2),
    only_referred(-2),
    only_referred(-4),
    only_referred(0),
    only_referred(-3),
    only_referred(-5),
    declined(-18, "In acute care elsewhere; asked to refer again after discharge."),
    declined(-30, "Looks for treatment of chronic pain; sent on to the pain clinic."),
)  # fmt: skip


def everybody() -> list[tuple[Person, Told]]:
    """Each person with the own story."""
    return list(zip(people(), (*TODAY, *COURSES, *CANDIDATES), strict=True))
