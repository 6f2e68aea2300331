"""The synthetic clinic itself: three chairs, a roster that covers now, prices, a stock, and what its lead adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from remit.acts import adoption, clinic, duty, ledger, prices
from remit.acts.duty import CHANNEL
from remit.acts.landing import Wanted
from remit.demo.staff import Staff, hire
from remit.demo.telling import Days, Story
from remit.quantities import Molecule
from remit.records.models import Chair, Clinic, ClinicSetting, Session, Vial

NAME = "Northmere Clinic (synthetic)"
CHAIRS = ("Chair 1", "Chair 2", "Chair 3")
FOUNDED = -112
"""The day on which the clinic opened, from today."""
OPEN_ALL_WEEK = 7
TIMES = ("08:15", "11:00", "14:00")
"""When sessions begin: each stay has left its chair before the next."""
ADOPTED = {
    "weight_for_dose": "Thirty days is what we can keep.",
    "spo2_low": "Agreed with anaesthesia.",
    "heart_rate": "Agreed with anaesthesia.",
    "discharge_asked": "As on our paper form.",
    "in_esketamine_us_trd.maintenance.session_window": "Two days either way fit our chairs.",
}
"""Unverified values that the lead adopted, each with a word on it."""
PRICES = (
    ("in_esketamine_us_trd", "session", "310", -112),
    ("in_esketamine_us_trd", "drug", "885", -112),
    ("in_esketamine_us_trd", "drug", "912", -20),
    ("iv_racemic_ketamine", "session", "425", -112),
    ("iv_racemic_ketamine", "drug", "18", -112),
    ("iv_racemic_ketamine", "assessment", "240", -112),
    ("sc_racemic_ketamine_kads", "session", "290", -112),
    ("sc_racemic_ketamine_kads", "drug", "12", -112),
)
"""Invented prices: protocol, item, dollars, from which day."""
STOCK = {"intravenous": ("50 mg/mL", 10.0, 22, "KR"), "subcutaneous": ("100 mg/mL", 2.0, 12, "KS")}
"""By route: strength, volume in mL, how many vials, and how their lots begin."""


@dataclass(slots=True)
class Stage:
    """Where the stories play: the clinic, its people, its days, and what was taken from the stock."""

    clinic: Clinic
    staff: Staff
    days: Days
    chairs: tuple[Chair, ...] = ()
    vials: dict[str, list[tuple[Vial, float]]] = field(default_factory=dict)
    """By route: the vials in the order of their use, and what is left in each."""
    booked: Counter[tuple[date, str]] = field(default_factory=Counter)
    """How many sessions begin on a day at a time."""

    def vial(self, route: str, mg: float) -> Vial:
        """The vial in use from which so much can still be drawn."""
        open_ones = self.vials[route]
        while open_ones[0][1] < mg:
            open_ones.pop(0)
        vial, left = open_ones[0]
        open_ones[0] = vial, left - mg
        return vial

    def slot(self, day: date, preferred: int) -> datetime:
        """A time on a day at which a chair is left: the preferred one, or the next."""
        at = next(at for at in TIMES[preferred:] + TIMES[:preferred] if self.booked[day, at] < len(CHAIRS))
        self.booked[day, at] += 1
        return datetime.combine(day, time.fromisoformat(at), self.days.zone)

    def take(self, sessions: Iterable[Session]) -> None:
        """Count sessions for which an act found the place."""
        for one in sessions:
            at = one.planned_at.astimezone(self.days.zone)
            self.booked[at.date(), f"{at:%H:%M}"] += 1

    def in_chair(self, n: int, at: datetime, nurse: str) -> Wanted:
        """A chair of today, counted from 1, at a time, beside a nurse."""
        return Wanted(at, self.chairs[n - 1].pk, self.staff.of(nurse).me)


def furnish(row: Clinic, days: Days) -> Stage:
    """Hire everybody and set the clinic up as its administrator and its lead do."""
    stage = Stage(row, hire(row), days)
    admin = stage.staff.administrator
    stage.chairs = tuple(clinic.add_chair(admin, name) for name in CHAIRS)
    clinic.change_setting(admin, "open_days", OPEN_ALL_WEEK)
    # The demo's screen is looked at more than touched.
    clinic.change_setting(admin, "screen_locks_after", 60)
    for protocol, item, amount, day in PRICES:
        prices.set_price(admin, protocol, item, amount, "USD", days.day(day))
    for id, words in ADOPTED.items():
        adoption.adopt_value(stage.staff.lead, id, words)
    _cover(stage)
    return stage


def _cover(stage: Stage) -> None:
    """Somebody on call from the first week until the next month, a crisis line, and an alert channel that works."""
    admin, days = stage.staff.administrator, stage.days
    turn = timedelta(weeks=4)
    starts, place = days.at(FOUNDED, "00:00"), 0
    while starts < days.at(14, "00:00"):
        nurse = stage.staff.of(("nurse", "second_nurse", "third_nurse")[place % 3])
        duty.add_shift(admin, nurse.me, starts, starts + turn, 0)
        duty.add_shift(admin, stage.staff.lead.me, starts, starts + turn, 1)
        starts, place = starts + turn, place + 1
    line = duty.add_crisis_contact(
        admin, "US", "988 Suicide & Crisis Lifeline (a real public line)", "988", url="https://988lifeline.org",
        hours="day and night",
    )  # fmt: skip
    duty.confirm_crisis_contact(admin, line.pk)
    duty.test_alert_channel(admin, "desk@clinic.example")
    number = ClinicSetting.objects.get(clinic=stage.clinic, key=CHANNEL).value["number"]
    duty.confirm_alert_channel(admin, number)


def stock_up(stage: Stage) -> Story:
    """The vials arrive before anybody is treated."""
    yield stage.days.at(FOUNDED, "09:00")
    for route, (strength, volume, many, lot) in STOCK.items():
        stage.vials[route] = [_received(stage, strength, volume, f"{lot}{n:02}", n) for n in range(1, many + 1)]


def _received(stage: Stage, strength: str, volume: float, lot: str, n: int) -> tuple[Vial, float]:
    vial = ledger.receive_vial(
        stage.staff.nurse, uuid4(), stage.days.at(FOUNDED, "09:00"), molecule=Molecule.KETAMINE, strength=strength,
        volume_ml=volume, lot=lot, expiry=stage.days.day(150 + 12 * n),
    )  # fmt: skip
    return vial, float(vial.strength_mg_per_ml * vial.volume_ml)
