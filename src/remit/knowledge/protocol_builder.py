"""From a protocol's file to the protocol's value: each value marked with its place and the source it inherits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from remit.knowledge.protocol_dose_file import Part
from remit.knowledge.protocol_doses import dose, indication_doses, own_response
from remit.knowledge.protocol_file import Items, ProtocolFile, Rule, VitalsFile
from remit.knowledge.protocol_file import Minutes as MinutesFile
from remit.knowledge.protocol_marks import Marks
from remit.knowledge.protocol_schedules import emergency_options, options, reviews, stages, window
from remit.pathway.protocol import (
    Device,
    PerKilogram,
    Protocol,
    Release,
    Statement,
    Unsourced,
    VitalsSchedule,
)
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput, Milligrams, Minutes, Molecule, Route


def build(file: ProtocolFile, content: Mapping[str, Any], name: str) -> Protocol:
    """The protocol of a file that has passed its schema. Raises `BadInput` with the file and the reason."""
    try:
        return _build(file, Marks(file.id, content, name))
    except BadInput as error:
        raise BadInput(str(error) if str(error).startswith(name) else f"{name}: {error}") from error


def _build(file: ProtocolFile, marks: Marks) -> Protocol:
    duration = _duration(file, marks)
    built = Protocol(
        id=file.id,
        version=file.version,
        name=file.name,
        molecule=_molecule(file.molecule),
        routes=file.routes or (_route(file.route),),
        indications=file.indications,
        regulatory=marks.mark(file.regulatory.text or "", "regulatory"),
        dose=dose(file, marks),
        product=file.product,
        jurisdictions=tuple(file.jurisdiction.split("/")) if file.jurisdiction else (),
        off_label=file.product is None,
        investigational=file.investigational,
        device=_device(file, marks),
        infusion=duration if duration and duration.value.value > 0 else None,
        duration=duration,
        indication_doses=indication_doses(file, marks),
        options=options(file, marks) + emergency_options(file, marks),
        stages=stages(file, marks),
        reviews=reviews(file, marks),
        window=window(file, marks),
        vitals=_vitals(file, marks),
        mental_state=_scales_at_the_chair(file, marks),
        mental_state_minutes=_mental_state_minutes(file),
        observe=_observe(file, marks),
        session_scales=_scales(file, "session_scale_ids", marks),
        weekly_scales=_scales(file, "weekly_scale_ids", marks),
        release=_release(file, marks, duration is not None and duration.value.value > 0),
        fasting_check=file.fasting_check,
        form=file.form,
        primary_scale=file.primary_scale,
        response=own_response(file, marks),
        statements=tuple(_statements(file, marks)),
    )
    return _with_missing(built, file)


def _molecule(words: str) -> Molecule:
    for molecule in Molecule:
        if words.split()[:1] == [molecule.value]:
            return molecule
    raise BadInput(f"molecule: text that begins with {', '.join(Molecule)} is needed, not {words!r}")


def _route(word: str) -> Route:
    try:
        return Route(word)
    except ValueError:
        raise BadInput(f"route: one of {', '.join(Route)} is needed, or `routes` beside it, not {word!r}") from None


def _duration(file: ProtocolFile, marks: Marks) -> Sourced[Minutes] | None:
    held = file.administration
    if held is not None and held.duration_min is not None:
        return marks.mark(Minutes(held.duration_min), "administration.duration_min", held.note)
    for at, arm in enumerate(getattr(file.dose_rule, "arms", None) or ()):
        if arm.duration_min is not None:
            return marks.mark(Minutes(arm.duration_min), f"dose_rule.arms.{at}.duration_min")
    return None


def _device(file: ProtocolFile, marks: Marks) -> Device | None:
    held = file.device
    if held is None:
        return None
    mg = marks.mark(Milligrams(held.mg_per_device), "device.mg_per_device")
    return Device(mg, marks.mark(Minutes(held.rest_between_devices_min), "device.rest_between_devices_min"))


def _vitals(file: ProtocolFile, marks: Marks) -> tuple[VitalsSchedule, ...]:
    held = file.monitoring
    if held is None:
        return ()
    found = [
        _vitals_schedule(one, f"monitoring.vitals_schedule.{one.label or at}", marks)
        for at, one in enumerate(held.vitals_schedule or ())
    ]
    if held.vitals is not None:
        found.append(_vitals_schedule(held.vitals, "monitoring.vitals", marks))
    if held.vitals_minutes_from_dose is not None:
        found.append(VitalsSchedule(marks.mark(held.vitals_minutes_from_dose, "monitoring.vitals_minutes_from_dose")))
    if (pressure := held.bp_minutes_after_dose) is not None:
        minutes = pressure.value if isinstance(pressure, MinutesFile) else pressure
        found.append(VitalsSchedule(marks.mark(minutes, "monitoring.bp_minutes_after_dose"), clock="last"))
    return tuple(sorted(found, key=lambda schedule: schedule.label != (held.vitals_default or "")))


def _vitals_schedule(held: VitalsFile, path: str, marks: Marks) -> VitalsSchedule:
    minutes = held.minutes_from_start or held.minutes_from_dose or ()
    during, after = held.during_every_min, held.after_every_min
    return VitalsSchedule(
        minutes=marks.mark(minutes, path, held.note),
        every_during=None if during is None else marks.mark(Minutes(during), f"{path}.during_every_min"),
        every_after=None if after is None else marks.mark(Minutes(after), f"{path}.after_every_min"),
        label=held.label or "",
    )


def _chair_items(file: ProtocolFile) -> tuple[Items, str] | None:
    """The part that names the scales at the chair: the protocol's own, else those of its trials."""
    held = file.monitoring
    for name in ("mental_state", "scales_used_in_trials"):
        part = getattr(held, name, None)
        if isinstance(part, Items) and part.scale_ids:
            return part, f"monitoring.{name}"
    return None


def _scales_at_the_chair(file: ProtocolFile, marks: Marks) -> Sourced[tuple[str, ...]] | None:
    found = _chair_items(file)
    return marks.mark(found[0].scale_ids or (), found[1], found[0].note) if found else None


def _mental_state_minutes(file: ProtocolFile) -> tuple[int, ...]:
    found = _chair_items(file)
    return found[0].minutes_from_start or () if found else ()


def _observe(file: ProtocolFile, marks: Marks) -> Sourced[tuple[str, ...]] | None:
    held = file.monitoring
    if held is not None and isinstance(held.mental_state, Items) and held.mental_state.until:
        return marks.mark(held.mental_state.items, "monitoring.mental_state")
    if held is not None and held.observe_for:
        return marks.mark(held.observe_for, "monitoring.observe_for")
    return None


def _scales(file: ProtocolFile, name: str, marks: Marks) -> Sourced[tuple[str, ...]] | None:
    held = file.monitoring.outcome_scales if file.monitoring else None
    return marks.mark(getattr(held, name), f"monitoring.outcome_scales.{name}") if held else None


def _release(file: ProtocolFile, marks: Marks, infused: bool) -> Release:
    held = file.min_observation

    def minutes(name: str) -> Sourced[Minutes] | None:
        value = getattr(held, name)
        return None if value is None else marks.mark(Minutes(value), f"min_observation.{name}", held.note)

    least = minutes("value_min") or minutes("project_default_min")
    return Release(
        from_last=None if infused else least,
        from_start=minutes("project_default_min_from_start") or (least if infused else None),
        from_end=minutes("project_default_min_from_end"),
        binding=frozenset(held.binding_criteria),
    )


def _statements(file: ProtocolFile, marks: Marks) -> Iterator[Statement]:
    """Every part that says something in words, by its place in the file."""
    yield from _said("missed_sessions", file.missed_sessions, marks)
    for topic in ("hold_rules", "stop_rules", "discharge_criteria"):
        yield from _said(topic, getattr(file, topic), marks)
    for topic in ("infusion", "course", "home_use"):
        yield from _said(f"stop_rules.{topic}", getattr(file.stop_rules, topic, None), marks)
    for topic in ("frequency_evidence", "response_timing"):
        yield from _said(f"induction.{topic}", getattr(file.induction, topic, None), marks)
    for topic in ("usual_practice", "evidence_level", "relapse_context", "trial_only_interval"):
        yield from _said(f"maintenance.{topic}", getattr(file.maintenance, topic, None), marks)
    for topic in ("escalation", "evidence_level", "weight_basis", "elderly"):
        yield from _said(f"dose_rule.{topic}", getattr(file.dose_rule, topic, None), marks)
    yield from _said("induction", file.induction, marks)
    yield from _said("maintenance", file.maintenance, marks)
    yield from _said("other", file.other, marks)


def _said(topic: str, part: Part | None, marks: Marks) -> Iterator[Statement]:
    if part is None:
        return
    listed = (part.any_of or part.all_of or ()) if isinstance(part, Rule) else ()
    text = part.text or "; ".join(listed)
    if text:
        yield Statement(topic, marks.mark(text, topic, part.note))


def _with_missing(built: Protocol, file: ProtocolFile) -> Protocol:
    return replace(built, missing=tuple(text for text, lacks in _lacking(built, file) if lacks))


def _lacking(built: Protocol, file: ProtocolFile) -> Iterator[tuple[str, bool]]:
    dose = built.dose
    yield "a dose: " + (dose.text if isinstance(dose, Unsourced) else ""), isinstance(dose, Unsourced)
    yield "a starting dose", isinstance(dose, PerKilogram) and dose.start is None
    yield "how long the infusion runs", built.route is Route.INTRAVENOUS and built.infusion is None
    yield "a schedule with its number of sessions", not built.options
    ends = file.maintenance is not None and (file.maintenance.none_in_label or file.maintenance.none)
    yield "what follows the series", not built.stages and not ends
    yield "how far a session may move", built.window is None
    yield "when vital signs are due", not built.vitals
    release = built.release
    yield "a minimum observation", not (release.from_last or release.from_start or release.from_end)
