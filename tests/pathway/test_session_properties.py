"""Whatever reaches the record, in whatever order: what a session never does."""

from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.pathway.chart import State
from remit.pathway.session import Session, offer, replay, view
from tests.pathway.sessions import CLEARED, INFUSION_CHECKS, at, dosed, entry, gate, infusion_plan, plan, well

minutes = st.integers(0, 240)
roles = st.sampled_from(["nurse", "prescriber"])
reasons = st.sampled_from([None, "because", "already given"])
results = st.sampled_from(["confirmed", "failed"])
systolics = st.integers(90, 230)


def kinds(*words, **values):
    return st.builds(
        lambda kind, minute, late, by, reason, held: entry(
            kind, minute, by=by, taken=minute - late if late else None, reason=reason, **held
        ),
        st.sampled_from(words),
        minutes,
        st.sampled_from([0, 0, 0, 5, 30]),
        roles,
        reasons,
        st.fixed_dictionaries(values),
    )


charted = st.one_of(
    kinds("arrived", "cleared", "hold", "cancel", "left", "dose_pause", "dose_resume", "dose_end", "dose_stop"),
    kinds("discharge", escort=st.just("sister"), override_reason=st.sampled_from([None, "judged well"])),
    kinds("vitals", systolic=systolics, diastolic=st.integers(50, 89), spo2=st.integers(80, 100)),
    kinds("scale", id=st.sampled_from(["MOAAS", "CADSS"]), total=st.integers(0, 5)),
    kinds("device", mg=st.just(28), lot=st.sampled_from(["A", "B"])),
    kinds("dose_start", mg=st.sampled_from([41, 20]), lot=st.just("B2")),
    kinds("adverse_event", "resolved", id=st.sampled_from(["dissociation", "chest_pain", "nausea"])),
    kinds(
        "check",
        id=st.sampled_from(["escort", "walking", "respiratory"]),
        result=st.sampled_from(["confirmed", "failed"]),
    ),
    kinds("correct", of=st.integers(0, 15), entry=st.just({"kind": "note", "text": "not so"})),
    kinds("correct", of=st.integers(0, 15), entry=st.builds(lambda minute: {"at": at(minute).isoformat()}, minutes)),
)
starts = st.sampled_from([
    (plan(), []),
    (plan(), dosed()),
    (plan(), [*dosed(), *well()]),
    (infusion_plan(), [*gate(INFUSION_CHECKS), CLEARED]),
])  # fmt: skip
anything = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def snapshot(session):
    """Everything derived, as one value."""
    held = view(session, at(300))
    return (
        held.state,
        held.dose_state,
        held.given_mg,
        held.release_not_before,
        held.blocks,
        held.alarms,
        held.readings,
    )


@anything
@given(starts, st.lists(charted, max_size=14))
def test_a_session_that_has_ended_never_moves_again(start, entries):
    session = replay(*start)
    ended = None
    for held in entries:
        session.append(held)
        state = session.state(at(300))
        assert ended in (None, state)
        ended = state if state.terminal else None


@anything
@given(starts, st.lists(charted, max_size=14))
def test_a_refused_entry_leaves_no_trace(start, entries):
    session = replay(*start)
    for held in entries:
        before = snapshot(session)
        if not session.append(held).accepted:
            assert snapshot(session) == before


@anything
@given(starts, st.lists(charted, max_size=14))
def test_what_was_given_is_never_negative_and_nothing_before_a_dose(start, entries):
    held = view(replay(start[0], [*start[1], *entries]), at(300))
    assert held.given_mg is None or held.given_mg >= 0
    assert held.first_dose_at is not None or held.given_mg == 0


@anything
@given(starts, st.lists(charted, max_size=14))
def test_an_offer_foretells_what_appending_decides(start, entries):
    session = replay(*start)
    for held in entries:
        foretold = offer(session, held)
        assert session.append(held) == foretold


@anything
@given(starts, st.lists(charted, max_size=14))
def test_nobody_is_discharged_while_something_binding_or_an_emergency_is_open(start, entries):
    session = replay(*start)
    for held in entries:
        decision = offer(session, held)
        if held.kind == "discharge" and decision.accepted:
            firm = [block for block in view(session, held.occurred).blocks if not block.overridable]
            assert firm == []
        session.append(held)


@anything
@given(starts, st.lists(charted, max_size=14))
def test_what_grew_entry_by_entry_equals_what_is_rebuilt_from_what_stands(start, entries):
    session = replay(start[0], [*start[1], *entries])
    rebuilt = Session(session.plan)
    for index, held in session.standing.items():
        rebuilt.chart.apply(index, held)
    grown, anew = view(session, at(300)), view(rebuilt, at(300))
    assert (grown.alarms, grown.blocks, grown.release_not_before) == (anew.alarms, anew.blocks, anew.release_not_before)


@anything
@given(st.permutations([*dosed(), *well()][11:]))
def test_the_order_in_which_readings_are_charted_late_changes_nothing(entries):
    late = [msgspec.structs.replace(held, at=at(200), taken_at=held.at) for held in entries]
    first = view(replay(plan(), [*dosed()[:11], *late]), at(201))
    usual = view(replay(plan(), [*dosed(), *well()]), at(201))
    assert (first.state, first.alarms, first.blocks_discharge) == (usual.state, usual.alarms, usual.blocks_discharge)
    assert [row.values for row in first.readings] == [row.values for row in usual.readings]


@anything
@given(minutes, st.integers(1, 60))
def test_a_pause_of_any_length_moves_the_planned_release_by_that_length(minute, length):
    start = [*gate(INFUSION_CHECKS), CLEARED, entry("dose_start", 10, mg=41, lot="B2")]
    began = 11 + minute % 38
    marks = [entry("dose_pause", began), entry("dose_resume", began + length)]
    moved = view(replay(infusion_plan(), [*start, *marks]), at(began + length)).release_not_before
    assert moved == max(at(10 + 120), at(10 + 40 + 90) + timedelta(minutes=length))


def test_every_state_is_terminal_or_leads_on():
    assert {state for state in State if state.terminal} == {State.DISCHARGED, State.CANCELLED, State.LEFT}
