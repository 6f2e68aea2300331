"""A session as the printed papers want it: every value as it shall be read."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, TypeVar, cast

from remit.acts.papers import Paper
from remit.pathway.entries import (
    AdverseEvent,
    Arrived,
    Check,
    Cleared,
    Correct,
    DeviceGiven,
    Discharge,
    DoseEnd,
    DosePause,
    DoseResume,
    DoseStart,
    DoseStop,
    EmergencyStep,
    Entry,
    Left,
    Note,
    Prepared,
    RescueGiven,
    VialMoved,
)
from remit.pathway.session_view import Reading
from remit.web import chair, happened
from remit.web.sheet import data

E = TypeVar("E", bound=Entry)
SPRAY_WORDS = "device {n} of {of}"


class SheetOf:
    """Fills a sheet from one session; `names` turns accounts into people."""

    def __init__(self, paper: Paper, zone: tzinfo, printed_by: str, now: datetime) -> None:
        self.paper, self.opened = paper, paper.opened
        self.zone, self.printed_by, self.now = zone, printed_by, now
        self.seen, self.row, self.plan = paper.opened.view, paper.opened.loaded.row, paper.opened.loaded.plan

    def who(self, entry: Entry) -> str:
        """The person behind an entry."""
        return self.opened.names.get(entry.account or "", entry.by.value)

    def second(self, entry: Entry) -> str | None:
        """The second person behind an entry."""
        return self.opened.names.get(entry.second_account or "", entry.second_person or "") or None

    def standing(self, *kinds: type[E]) -> list[E]:
        """The entries of these kinds that stand, in the order in which they happened."""
        held = [entry for entry in self.opened.loaded.session.standing.values() if isinstance(entry, kinds)]
        return sorted(held, key=lambda entry: entry.occurred)

    def sheet(self) -> data.SheetData:
        """Everything on the sheet."""
        seen = self.seen
        return {
            "clinic": self.clinic(),
            "patient": self.person(),
            "print": self.print(),
            "title": "Session sheet",
            "subtitle": f"session {self.row.n}, {self._long_day()}",
            "version": self.paper.version,
            "state": seen.state.value,
            "facts": self._facts(),
            "moments": self._moments(),
            "first_dose": seen.first_dose_at,
            "release": seen.release_not_before,
            "gate": self._checks(before=True),
            "preparations": self._preparations(),
            "doses": self._doses(),
            "rows": self._rows(),
            "readings": self._readings(),
            "limits": [],
            "events": self._events(),
            "alarms": self._alarms(),
            "scales": [],
            "overrides": self._overrides(),
            "corrections": self._corrections(),
            "discharge": self._checks(before=False),
            "discharge_facts": self._discharge_facts(),
            "left": self._left(),
            "signatures": [{"name": str(one.by), "role": one.role, "at": one.at} for one in self.paper.signatures],
            "superseded": self._superseded(),
        }

    def clinic(self) -> data.Clinic:
        """Where it happened."""
        held = self.row.clinic
        parts = (held.address_line_1, held.address_line_2, held.postal_code, held.city, held.state)
        return {"name": held.name, "zone": self.zone, "address": ", ".join(filter(None, parts)) or None}

    def person(self) -> data.Person:
        """Who was treated."""
        held = self.row.patient
        name = " ".join(filter(None, (held.given_name, held.middle_name, held.family_name)))
        return {"name": name, "birth_date": held.birth_date, "identifier": held.mrn, "sex": held.sex or None}

    def print(self) -> data.Print:
        """This print."""
        paper = "us-letter" if self.row.clinic.country == "US" else "a4"
        return {
            "printed_at": self.now,
            "printed_by": self.printed_by,
            "paper": cast(Any, paper),
            "synthetic": self.row.clinic.synthetic,
        }

    def _long_day(self) -> str:
        day = (self.seen.first_dose_at or self.row.planned_at).astimezone(self.zone)
        return f"{day:%A} {day.day} {day:%B %Y}"

    def _facts(self) -> list[data.Fact]:
        plan, order = self.plan, self.opened.loaded.order
        held: list[tuple[str, str | None]] = [
            ("Protocol", plan.protocol.name),
            ("Protocol version", plan.protocol.version),
            ("Phase", self.row.phase),
            ("Molecule and route", f"{plan.protocol.molecule.value}, {plan.route.value}"),
            ("Ordered", f"{order.dose_mg:g} mg" if order else None),
            ("Given", None if self.seen.given_mg is None else f"{self.seen.given_mg:g} mg"),
        ]
        if order and order.dose_mg_per_kg:
            weighed = f"{order.weight_kg:g} kg ({order.weight_date}), {order.weight_basis}"
            held.append(("Dose per weight", f"{order.dose_mg_per_kg:g} mg/kg of {weighed}"))
        held += [
            ("Setting", chair.words_of(self.row.setting)),
            ("Chair", str(self.row.chair) if self.row.chair else None),
        ]
        return [{"label": label, "value": value} for label, value in held]

    def _moments(self) -> list[data.Moment]:
        seen = self.seen
        arrived, cleared = self.standing(Arrived), self.standing(Cleared)
        held = [
            ("Arrived", arrived[0].occurred if arrived else None),
            ("Cleared", cleared[-1].occurred if cleared else None),
            ("First dose", seen.first_dose_at),
            ("Last dose", seen.last_dose_at if self.plan.spray else None),
            ("Dose ended", None if self.plan.spray else seen.dose_end_at),
            ("Release from", seen.release_not_before),
            (seen.state.value.capitalize(), seen.ended_at),
        ]
        return [{"label": label, "at": at} for label, at in held if at or label not in ("Last dose", "Dose ended")]

    def _checks(self, *, before: bool) -> list[data.CheckLine]:
        recovery = set(self.plan.rules.recovery.asked)
        answers = {entry.id: entry for entry in self.standing(Check) if (entry.id in recovery) is not before}
        lines = [self._check(entry) for entry in answers.values()]
        if before or not self.seen.state.terminal:
            return lines
        return lines + [{"check": block.text, "result": "blocks", "by": None, "at": None} for block in self.seen.blocks]

    def _check(self, entry: Check) -> data.CheckLine:
        rule = self.plan.rules.checks.get(entry.id)
        return {
            "check": rule.text if rule and rule.text else chair.words_of(entry.id),
            "result": cast(Any, entry.result.value),
            "by": self.who(entry),
            "at": entry.occurred,
            "note": entry.reason or entry.text,
        }

    def _preparations(self) -> list[data.Preparation]:
        balances = {one.vial: one for one in self.seen.ledger.vials}
        return [self._preparation(entry, balances.get(entry.vial or "")) for entry in self.standing(Prepared)]

    def _preparation(self, entry: Prepared, balance: Any) -> data.Preparation:
        witness = [move for move in self.standing(VialMoved) if move.act == "waste" and move.vial == entry.vial]
        return {
            "at": entry.occurred,
            "product": f"{entry.molecule.value} {entry.strength}",
            "lot": entry.lot,
            "expiry": None,
            "drawn": f"{entry.volume_ml:g} mL",
            "given": f"{balance.given:g} mg" if balance else None,
            "wasted": f"{balance.wasted:g} mg" if balance else None,
            "prepared_by": self.who(entry),
            "second_person": self.second(entry),
            "witness": self.second(witness[-1]) if witness else None,
        }

    def _doses(self) -> list[data.Dose]:
        devices = self.standing(DeviceGiven)
        lines = [
            self._dose(entry, SPRAY_WORDS.format(n=n, of=len(devices)), None) for n, entry in enumerate(devices, 1)
        ]
        ends = self.standing(DoseEnd, DoseStop)
        for entry in self.standing(DoseStart):
            over = ends[-1].occurred if ends else None
            lines.append(self._dose(entry, "infusion" if self.plan.infused else self.plan.route.value, over))
        return lines

    def _dose(self, entry: DeviceGiven | DoseStart, text: str, end: datetime | None) -> data.Dose:
        volume = getattr(entry, "volume_ml", None)
        return {
            "start": entry.occurred,
            "end": end,
            "text": text + (f", {volume:g} mL" if volume else ""),
            "amount": f"{entry.mg:g} mg",
            "lot": entry.lot,
            "expiry": entry.expiry,
            "by": self.who(entry),
            "second_person": self.second(entry),
            "note": entry.reason,
        }

    def _rows(self) -> list[data.Row]:
        measured = {name for held in self.seen.readings for name in held.values}
        rows: list[data.Row] = [
            {"key": key, "label": label, "unit": unit}
            for key, label, unit in chair.ROWS
            if key in measured or (key == chair.PRESSURE_ROW and measured & {"systolic", "diastolic"})
        ]
        rated = dict.fromkeys(held.scale for held in self.seen.ratings)
        return rows + [{"key": scale, "label": chair.SCALE_NAMES.get(scale, scale)} for scale in rated]

    def _readings(self) -> list[data.Reading]:
        columns: dict[datetime, data.Reading] = {}
        for held in sorted(self.seen.readings, key=lambda one: one.corrected_by is None):
            self._add_reading(columns, held)
        for rating in self.seen.ratings:
            column = columns.setdefault(rating.taken_at, self._column(rating.taken_at, rating.entered_at, rating.by))
            key = rating.scale
            if rating.corrected_by is None:
                column["values"][key] = str(rating.total)
            else:
                column.setdefault("replaced", {})[key] = str(rating.total)
        return [columns[time] for time in sorted(columns)]

    def _column(self, taken_at: datetime, entered_at: datetime, by: str) -> data.Reading:
        return {"taken_at": taken_at, "entered_at": entered_at, "by": self._named(by), "values": {}}

    def _named(self, by: str) -> str:
        return self.opened.names.get(by, by)

    def _add_reading(self, columns: dict[datetime, data.Reading], held: Reading) -> None:
        column = columns.setdefault(held.taken_at, self._column(held.taken_at, held.entered_at, held.by))
        words = {name: f"{value:g}" for name, value in held.values.items() if name not in ("systolic", "diastolic")}
        if {"systolic", "diastolic"} & held.values.keys():
            words[chair.PRESSURE_ROW] = chair.pressure_words(held.values)
        numbers: dict[str, float | None] = {name: held.values.get(name) for name in CURVE}
        if held.corrected_by is not None:
            column.setdefault("replaced", {}).update(words)
            column.setdefault("struck", []).append(numbers)
            return
        column["values"].update(words)
        column.update(cast(Any, numbers))
        if "replaced" in column:
            column["replaced"] = {key: old for key, old in column["replaced"].items() if words.get(key) != old}
        if held.beyond:
            column["flagged"] = [key for key in words if any(chair.concerns(limit, key) for limit in held.beyond)]

    def _events(self) -> list[data.Event]:
        over = {span.began_at: span.over_at for span in self.seen.events}
        lines = []
        for entry in self.standing(AdverseEvent, RescueGiven, DosePause, DoseResume, DoseStop, EmergencyStep, Note):
            line: data.Event = {
                "at": entry.occurred,
                "kind": chair.words_of(entry.kind),
                "text": happened.say(entry),
                "by": self.who(entry),
                "until": over.get(entry.occurred) if isinstance(entry, AdverseEvent) else None,
            }
            match entry:
                case AdverseEvent():
                    line["on_curve"] = chair.words_of(entry.id)
                case RescueGiven():
                    line["on_curve"] = entry.drug
            lines.append(line)
        return lines

    def _alarms(self) -> list[data.AlarmLine]:
        return [
            {
                "text": f"{chair.words_of(alarm.id)}: {chair.alarm_words(alarm.why)}",
                "priority": alarm.priority.value,
                "raised_at": alarm.raised_at,
                "owner": self._named(alarm.acknowledged_by or "") or chair.words_of(alarm.owner.value),
                "acknowledged_at": alarm.acknowledged_at,
                "resolved_at": alarm.resolved_at,
                "asks": alarm.asks,
            }
            for alarm in self.seen.alarms
        ]

    def _overrides(self) -> list[data.Override]:
        lines: list[data.Override] = [
            {
                "at": held.at,
                "what": "Discharge past: " + ", ".join(chair.words_of(block) for block in held.blocks),
                "reason": held.reason,
                "by": self._named(held.by),
                "second_person": None,
            }
            for held in self.seen.overrides
        ]
        return lines + [self._decided(entry, entry.reason) for entry in self.standing(Cleared) if entry.reason]

    def _decided(self, entry: Cleared, reason: str) -> data.Override:
        return {
            "at": entry.occurred,
            "what": "Cleared with a reason",
            "reason": reason,
            "by": self.who(entry),
            "second_person": self.second(entry),
        }

    def _corrections(self) -> list[data.Correction]:
        lines = []
        for record in self.opened.loaded.session.records:
            entry = record.entry
            if isinstance(entry, Correct) and record.decision.replaces is not None:
                old = self.opened.loaded.session.records[entry.of].entry
                lines.append(self._correction(entry, old, record.decision.replaces[1], record.decision.release_moved))
        return lines

    def _correction(self, entry: Correct, old: Entry, new: Entry, moved: object) -> data.Correction:
        return {
            "at": entry.at,
            "what": f"{chair.words_of(old.kind)} at {old.occurred.astimezone(self.zone):%H:%M}",
            "old": happened.say(old, self.opened.lots),
            "new": happened.say(new, self.opened.lots),
            "reason": entry.reason or "",
            "by": self.who(entry),
            "second_person": self.second(entry),
            "earlier_release": moved is not None,
        }

    def _discharge_facts(self) -> list[data.Fact]:
        ended = self.standing(Discharge)
        return [{"label": "Escort", "value": ended[-1].escort}] if ended else []

    def _left(self) -> data.Left | None:
        held = self.standing(Left)
        if not held:
            return None
        entry = held[-1]
        return {
            "at": entry.occurred,
            "reason": entry.reason or "not stated",
            "advice_given": bool(entry.advice_given),
            "escort": entry.escort,
            "follow_up": entry.follow_up,
            "by": self.who(entry),
        }

    def _superseded(self) -> data.Superseded | None:
        later = self.paper.replaced
        if later is None:
            return None
        reason = "entries were added after it was signed"
        return {
            "at": later.at,
            "by": str(later.by),
            "reason": reason,
            "replaced_by": f"version {self.paper.version + 1}",
        }


CURVE = ("systolic", "diastolic", "heart_rate", "spo2")
