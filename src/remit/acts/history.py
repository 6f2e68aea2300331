"""Taking the history: the episode, the antidepressants tried, and each question that was asked."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from uuid import UUID

from remit.acts.actors import Actor, Conflict
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.facts import ALLERGIES, ECT_FAILED, MEDICATIONS, answers_of, episode_of, trials_of
from remit.acts.once import make_once, replace_row
from remit.acts.rights import may_take_history
from remit.knowledge.eligibility import rules
from remit.pathway.conditions import Measured
from remit.pathway.referral import AntidepressantTrial, Diagnosis
from remit.quantities import BadInput
from remit.records.models import Episode, FactAnswer, Patient, TrialRecord

ANSWERS = ("yes", "no", "not_asked")
LONGEST_NAME = 120
_ICD10 = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?")


# The episode.


@act_on(Patient, "begin_episode", right=may_take_history)
def begin_episode(actor: Actor, patient: Patient, diagnosis: Diagnosis, *, key: UUID | None = None) -> Episode:
    """Record the episode of illness that is to be treated; an earlier one stays, with the drugs tried in it."""
    return make_once(Episode, actor, key, patient=patient, **_checked_diagnosis(patient, diagnosis))


@act_on(Episode, "correct_episode", right=may_take_history)
def correct_episode(
    actor: Actor, episode: Episode, diagnosis: Diagnosis, reason: str, *, key: UUID | None = None
) -> Episode:
    """Correct the episode under treatment; what stood there stays."""
    current = episode_of(episode.patient)
    if current is None or episode.pk not in (current.pk, current.supersedes_id):
        raise Conflict("correct_episode", ["only the episode under treatment is corrected here"])
    return replace_row(actor, episode, reason, key, **_checked_diagnosis(episode.patient, diagnosis))


def _checked_diagnosis(patient: Patient, diagnosis: Diagnosis) -> dict[str, object]:
    known = rules()
    indications = [row.id for row in known.indications]
    if diagnosis.indication not in indications:
        raise BadInput(f"indication: {', '.join(indications)} is needed, not {diagnosis.indication!r}")
    severities = known.maudsley.severities
    if diagnosis.severity and diagnosis.severity not in severities:
        raise BadInput(f"severity: {', '.join(severities)} is needed, not {diagnosis.severity!r}")
    icd10 = (diagnosis.icd10 or "").strip().upper()
    if icd10 and not _ICD10.fullmatch(icd10):
        raise BadInput(f"icd10: a code such as F33.2 is needed, not {diagnosis.icd10!r}")
    if diagnosis.episode_start is not None:
        check_day(patient, "start", diagnosis.episode_start)
    return {
        "indication": diagnosis.indication,
        "icd10": icd10,
        "episode_start": diagnosis.episode_start,
        "severity": diagnosis.severity or "",
    }


def check_day(patient: Patient, thing: str, day: date) -> None:
    """Raise `BadInput` for a day before the person's birth or after today."""
    today = clinic_day(patient)
    if not patient.birth_date <= day <= today:
        raise BadInput(f"{thing}: a day from {patient.birth_date} to {today} is needed, not {day}")


def clinic_day(patient: Patient) -> date:
    """Today, where the person is treated."""
    return now().astimezone(patient.clinic.zone).date()


# The antidepressants tried.


@act_on(Patient, "record_trial", right=may_take_history)
def record_trial(
    actor: Actor,
    patient: Patient,
    trial: AntidepressantTrial,
    *,
    reason_stopped: str = "",
    informed_by: str = "",
    key: UUID | None = None,
) -> TrialRecord:
    """Record one antidepressant tried in this episode: dose, weeks, how it ended, and who says so."""
    held = _checked_trial(patient, trial) | {
        "reason_stopped": reason_stopped.strip(),
        "informed_by": informed_by.strip(),
    }
    repeated = TrialRecord.objects.filter(clinic_id=actor.here, pk=key).first() if key else None
    place = repeated.order if repeated else 1 + max((row.order for row in trials_of(patient)), default=0)
    episode = repeated.episode if repeated else episode_of(patient)
    return make_once(TrialRecord, actor, key, patient=patient, episode=episode, order=place, **held)


@act_on(TrialRecord, "correct_trial", right=may_take_history)
def correct_trial(
    actor: Actor,
    row: TrialRecord,
    trial: AntidepressantTrial,
    reason: str,
    *,
    reason_stopped: str = "",
    informed_by: str = "",
    key: UUID | None = None,
) -> TrialRecord:
    """Correct one trial of the history; the old row stays on record with the reason."""
    held = _checked_trial(row.patient, trial)
    held |= {"reason_stopped": reason_stopped.strip(), "informed_by": informed_by.strip()}
    return replace_row(actor, row, reason, key, **held)


@act_on(TrialRecord, "withdraw_trial", right=may_take_history)
def withdraw_trial(actor: Actor, row: TrialRecord, reason: str, *, key: UUID | None = None) -> TrialRecord:
    """Take a trial out of the history, as entered in error; it stays on record."""
    return replace_row(actor, row, reason, key, withdrawn=True)


def _checked_trial(patient: Patient, trial: AntidepressantTrial) -> dict[str, object]:
    drug, added_to = checked_name("drug", trial.drug), " ".join((trial.added_to or "").split())
    table = rules().adequacy
    if added_to and table.substance(added_to) == table.substance(drug):
        raise BadInput(f"added to: another drug than {drug} is needed")
    checked_dose(trial.dose_mg_day)
    weeks, most = trial.weeks, (clinic_day(patient) - patient.birth_date) / timedelta(weeks=1)
    if weeks is not None and not 0 <= weeks <= most:
        raise BadInput(f"weeks: from 0 to {most:.0f}, the person's age, is needed, not {weeks:g}")
    return {
        "drug": drug,
        "dose_mg_day": trial.dose_mg_day,
        "weeks": weeks,
        "outcome": trial.outcome.value,
        "added_to": checked_name("added to", added_to) if added_to else "",
    }


def checked_name(thing: str, name: str) -> str:
    """A drug's or a substance's name with single spaces. Raises `BadInput` for none, or for a text instead."""
    held = " ".join(name.split())
    if not 0 < len(held) <= LONGEST_NAME:
        raise BadInput(f"{thing}: a name of 1 to {LONGEST_NAME} signs is needed, not {len(held)} signs")
    return held


def checked_dose(dose: float | None) -> None:
    """Raise `BadInput` for a daily dose of nothing or less; null is one that nobody knows."""
    if dose is not None and not (math.isfinite(dose) and dose > 0):
        raise BadInput(f"dose: a number of mg a day above 0 is needed, not {dose:g}")


# What was asked.


@act_on(Patient, "answer_fact", right=may_take_history)
def answer_fact(actor: Actor, patient: Patient, fact: str, answer: str, remark: str = "") -> FactAnswer:
    """Record the answer to one question: yes, no, or not asked, which makes it unknown again."""
    _check_answer(patient, fact, answer)
    latest = answers_of(patient).get(fact)
    remark = remark.strip()
    if latest is not None and (latest.answer, latest.note) == (answer, remark or latest.note):
        return latest
    note(fact=fact, answer=answer)
    return FactAnswer.objects.create(
        clinic_id=patient.clinic_id, patient=patient, fact=fact, answer=answer, note=remark, answered_at=now(),
        by_id=actor.me,
    )  # fmt: skip


def askable() -> frozenset[str]:
    """The ids of the questions: conditions that nothing measures, and whether ECT failed."""
    asked = (row.id for row in rules().conditions.rows if row.measured == Measured())
    return frozenset(asked) | {ECT_FAILED}


def _check_answer(patient: Patient, fact: str, answer: str) -> None:
    if answer not in ANSWERS:
        raise BadInput(f"answer: {', '.join(ANSWERS)} is needed, not {answer!r}")
    lists = {ALLERGIES: patient.allergies, MEDICATIONS: patient.medications}
    if fact not in lists and fact not in askable():
        raise BadInput(f"question: one that is asked here is needed, not {fact!r}")
    if fact in lists and answer == "yes":
        raise BadInput(f"{fact}: the names are needed; add each to the list")
    if fact in lists and answer == "no" and lists[fact].current().exists():
        raise Conflict("answer_fact", [f"{fact}: there is one in the list; take it out first if there are none"])
