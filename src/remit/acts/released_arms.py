"""Results that may leave the clinic: arm-level sums, released once and never changed, for others to pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.due import rated_scales
from remit.acts.results import counted_on, published_beside, scale_of, standings, window_of
from remit.acts.rights import may_read_released, may_release_results
from remit.evidence.disclosure import COLUMNS, OUTCOMES, ArmRow, new_rows, table
from remit.evidence.own_results import Arm
from remit.evidence.published import Published
from remit.pathway.outcome import Rate, rate
from remit.pathway.scales import Scale
from remit.records.models import Clinic, ClinicSetting

__all__ = ["COLUMNS", "OUTCOMES", "ReleasedArm", "ReleasedResults", "read_released", "release_results"]
KEPT = "results_released"
"""The setting that keeps every row that has left."""


@dataclass(frozen=True, slots=True)
class ReleasedArm:
    """The rows of one arm, and what they come to: nothing but sums of what has left."""

    arm: Arm
    rows: tuple[ArmRow, ...]
    response: Rate
    published: Published | None


@dataclass(frozen=True, slots=True)
class ReleasedResults:
    """Everything that has left this clinic."""

    clinic: Clinic
    rows: tuple[ArmRow, ...]
    arms: tuple[ReleasedArm, ...]
    scales: tuple[Scale, ...]
    """On which scale results may leave, the usual one first; once some have left, theirs alone."""
    least: int
    """No count of fewer people is released."""

    def table(self, outcome: str = OUTCOMES[0]) -> list[dict[str, Any]]:
        """The rows as `remit pool` reads them. Raises `BadInput`."""
        return table(self.rows, self.clinic.name, synthetic=self.clinic.synthetic, outcome=outcome)


@act("read_released_results", right=may_read_released, reads=True)
def read_released(actor: Actor) -> ReleasedResults:
    """What was released of the clinic's results."""
    return _released(Clinic.objects.get(pk=actor.here))


@act("release_results", right=may_release_results)
def release_results(actor: Actor, scale_id: str = "") -> list[ArmRow]:
    """Release what may leave now and has not left; returns the new rows. Raises `BadInput` for a second scale.

    Rows that have left stand as they are, whatever is corrected later.
    """
    # One release at a time: two at once would each take the same people for new.
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=actor.here)
    before = _rows(clinic.pk)
    scale, window = scale_of(clinic.pk, scale_id or (before[0].scale if before else "")), window_of(clinic.pk)
    today = now().astimezone(clinic.zone).date()
    made = new_rows(standings(clinic, scale, window), before, window, today, _least(clinic.pk))
    if made:
        _keep(actor, [*before, *made])
    note(clinic, scale=scale.id, rows=[row.as_dict() for row in made])
    return made


def _keep(actor: Actor, rows: Sequence[ArmRow]) -> None:
    held = {"value": [row.as_dict() for row in rows], "set_by_id": actor.me, "set_at": now()}
    ClinicSetting.objects.update_or_create(clinic_id=actor.here, key=KEPT, defaults=held)


def _rows(clinic_id: UUID) -> list[ArmRow]:
    held = ClinicSetting.objects.filter(clinic_id=clinic_id, key=KEPT).values_list("value", flat=True).first()
    return [ArmRow.read(row) for row in held or ()]


def _least(clinic_id: UUID) -> int:
    return int(settings.value(clinic_id, "least_in_a_count"))


def _released(clinic: Clinic) -> ReleasedResults:
    rows = tuple(_rows(clinic.pk))
    arms = {arm: tuple(row for row in rows if row.arm == arm) for arm in sorted({row.arm for row in rows})}
    return ReleasedResults(
        clinic, rows, tuple(_arm(*held) for held in arms.items()), _scales(clinic.pk, rows), _least(clinic.pk)
    )


def _scales(clinic_id: UUID, rows: Sequence[ArmRow]) -> tuple[Scale, ...]:
    if rows:
        return (scale_of(clinic_id, rows[0].scale),)
    usual, counted = scale_of(clinic_id, ""), counted_on(clinic_id)
    return (usual, *(one for one in rated_scales() if counted.get(one.id) and one.id != usual.id))


def _arm(arm: Arm, rows: Sequence[ArmRow]) -> ReleasedArm:
    scored = sum(row.scored for row in rows)
    treated = [row.treated for row in rows]
    # Where the number treated is withheld of a row, a sum of the others would be another number of people.
    eligible = scored if None in treated else sum(n or 0 for n in treated)
    return ReleasedArm(
        arm=arm,
        rows=tuple(rows),
        response=rate(sum(row.responders for row in rows), scored, eligible),
        published=published_beside("response", rows[-1].scale, arm, rows[-1].follow_up),
    )
