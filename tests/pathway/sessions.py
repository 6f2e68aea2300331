"""Sessions for tests: times in minutes from 14:00, entries in one line each, plans for the common protocols."""

from datetime import date, datetime, timedelta, timezone

from remit.knowledge.protocols import protocol
from remit.knowledge.safety import rules
from remit.pathway.entry_reading import read_entry
from remit.pathway.referral import Jurisdiction, Patient, Setting, Weight
from remit.pathway.session import SessionPlan, replay, view
from remit.quantities import Kilograms, Milligrams

START = datetime(2026, 11, 21, 14, 0, tzinfo=timezone(timedelta(hours=-5)))
RULES = rules()
PERSON = Patient(birth_date=date(1978, 3, 4), weight=Weight(Kilograms(82), date(2026, 11, 20)))


def at(minutes):
    """So many minutes after 14:00."""
    return START + timedelta(minutes=minutes)


def plan(protocol_id="in_esketamine_us_trd", mg=56, **changes):
    given = {"jurisdiction": Jurisdiction.US, "setting": Setting.OUTPATIENT, "patient": PERSON, **changes}
    return SessionPlan(protocol=protocol(protocol_id), rules=RULES, planned=Milligrams(mg), **given)


def infusion_plan(**changes):
    return plan("iv_racemic_ketamine", 41, **changes)


def entry(kind, minutes, by="nurse", taken=None, **values):
    """One entry; `taken` in minutes as well."""
    when = {"at": at(minutes)} if taken is None else {"at": at(minutes), "taken_at": at(taken)}
    return read_entry({"kind": kind, "by": by, **when, **values}, RULES)


def check(id, minutes, result="confirmed", **values):
    return entry("check", minutes, id=id, result=result, **values)


def vitals(minutes, systolic=128, diastolic=82, spo2=98, **values):
    return entry("vitals", minutes, systolic=systolic, diastolic=diastolic, spo2=spo2, **values)


def scale(id, minutes, total, **values):
    return entry("scale", minutes, id=id, total=total, **values)


def device(minutes, mg=28, **values):
    return entry("device", minutes, mg=mg, **{"lot": "A1", **values})


def event(id, minutes, **values):
    return entry("adverse_event", minutes, id=id, **values)


def without(entries, *ids):
    """The entries but for the checks and scales with these ids, or of these kinds."""
    return [held for held in entries if getattr(held, "id", None) not in ids and held.kind not in ids]


SPRAVATO_CHECKS = ("escort", "rems_enrolment", "fasting_spravato", "med_changes", "cssrs_since_last_visit")
INFUSION_CHECKS = ("escort", "consent_offlabel", "fasting_offlabel", "med_changes", "cssrs_since_last_visit")


def gate(checks=SPRAVATO_CHECKS, **values):
    """From arrival at 0 to readings at minute 6: everything that the gate asks."""
    return [
        entry("arrived", 0),
        *(check(id, 1 + place / 10) for place, id in enumerate(checks)),
        vitals(5, **values),
        scale("MOAAS", 6, 5),
        scale("CADSS", 6.5, 0),
    ]


CLEARED = entry("cleared", 8, by="prescriber")


def dosed(second=15):
    """A Spravato session with devices at minute 10 and 15: release at 135."""
    return [*gate(), CLEARED, device(10), device(second)]


def infused(*marks, **values):
    """An infusion of 41 mg that starts at minute 10."""
    start = entry(
        "dose_start",
        10,
        **{"mg": 41, "volume_ml": 50, "strength": "0.82 mg/mL", "lot": "B2", "second_person": "prescriber", **values},
    )
    return [*gate(INFUSION_CHECKS), CLEARED, start, *marks]


def well(minutes=115):
    """Everything that discharge asks, measured and answered from a minute on."""
    return [
        vitals(minutes),
        scale("MOAAS", minutes + 0.1, 5),
        scale("CADSS", minutes + 0.2, 1),
        *(check(id, minutes + 0.3 + place / 10) for place, id in enumerate(RULES.recovery.asked)),
    ]


def discharge(minutes, by="nurse", **values):
    return entry("discharge", minutes, by=by, **{"escort": "sister", **values})


def run(entries, given=None):
    return replay(given or plan(), entries)


def last(entries, given=None):
    """The decision on the last of these entries; those before it are accepted."""
    session = run(entries, given)
    refused = [record for record in session.records[:-1] if not record.decision.accepted]
    assert not refused, refused
    return session.records[-1].decision


def seen(entries, minutes, given=None):
    """The view of these entries at a minute."""
    return view(run(entries, given), at(minutes))


def ids(reasons):
    """The ids with which reasons begin."""
    return [reason.partition(":")[0] for reason in reasons]
