import pytest

from tests.pathway.sessions import (
    at,
    device,
    discharge,
    dosed,
    entry,
    event,
    infused,
    infusion_plan,
    last,
    plan,
    run,
    scale,
    seen,
    vitals,
    well,
)

HIGH = [*dosed(), vitals(52, systolic=182), vitals(57, systolic=184)]
LAST = len(HIGH) - 1
DEVICE = len(dosed()) - 1


def correct(of, minutes=60, by="nurse", reason="mistyped", of_entry=None, **values):
    return entry("correct", minutes, by=by, of=of, reason=reason, entry=of_entry or values)


def test_everything_derived_uses_the_new_entry_and_the_old_one_keeps_its_index():
    held = seen([*HIGH, correct(LAST, kind="vitals", systolic=134, diastolic=84, spo2=98)], 61)
    assert [alarm.id for alarm in held.alarms] == []
    assert held.blocks_discharge[1:3] == ("sedation", "dissociation")
    assert [(row.index, row.values["systolic"], row.corrected_by) for row in held.readings][-2:] == [
        (LAST, 134, None),
        (LAST, 184, LAST + 1),
    ]


def test_the_record_keeps_what_was_entered():
    session = run([*HIGH, correct(LAST, systolic=134)])
    assert session.records[LAST].entry.systolic == 184
    assert session.standing[LAST].systolic == 134


def test_a_correction_without_a_kind_changes_only_what_it_names():
    session = run([*HIGH, correct(LAST, systolic=134)])
    assert session.standing[LAST].measured == {"systolic": 134, "diastolic": 82, "spo2": 98}
    assert session.standing[LAST].occurred == at(57)


def test_a_correction_with_a_kind_says_the_entry_anew():
    session = run([*HIGH, correct(LAST, kind="vitals", systolic=134, diastolic=84)])
    assert session.standing[LAST].measured == {"systolic": 134, "diastolic": 84}


def test_it_needs_a_reason_and_something_to_correct():
    assert last([*HIGH, correct(LAST, reason=None, systolic=134)]).needs == ("reason",)
    assert "no accepted entry has index 99" in last([*HIGH, correct(99, systolic=134)]).reasons[0]
    assert not last([*HIGH, correct(-1, systolic=134)]).accepted


def test_a_refused_entry_cannot_be_corrected():
    session = run([*HIGH, vitals(57, systolic=184), correct(LAST + 1, systolic=134)])
    assert not session.records[-1].decision.accepted


def test_a_correction_can_be_corrected_and_the_last_word_stands():
    first = correct(LAST, systolic=134)
    for of in (LAST, LAST + 1):
        session = run([*HIGH, first, correct(of, 61, systolic=143)])
        assert session.records[-1].decision.accepted
        assert session.standing[LAST].systolic == 143
        assert [old.systolic for _, old in session.replaced[LAST]] == [184, 134]


def test_a_value_that_cannot_be_is_refused():
    assert "30 to 300 mmHg" in last([*HIGH, correct(LAST, systolic=1340)]).reasons[0]
    assert "unknown key" in last([*HIGH, correct(LAST, sistolic=134)]).reasons[0]


def test_it_keeps_the_kind_or_takes_the_entry_back():
    assert not last([*HIGH, correct(LAST, kind="scale", id="MOAAS", total=5)]).accepted
    session = run([*HIGH, correct(LAST, kind="note", text="this was another person's cuff")])
    assert session.records[-1].decision.accepted
    assert len(session.chart.readings) == 2


@pytest.mark.parametrize("place", [0, 9])
def test_arrival_and_clearance_cannot_be_taken_back(place):
    assert run(dosed()).records[place].entry.kind in ("arrived", "cleared", "scale")
    kinds = [held.kind for held in dosed()]
    of = kinds.index("arrived" if place == 0 else "cleared")
    assert not last([*dosed(), correct(of, kind="note", text="mistake")]).accepted


def test_only_a_prescriber_stands_behind_a_corrected_clearance():
    of = [held.kind for held in dosed()].index("cleared")
    assert not last(
        [*dosed(), correct(of, kind="cleared", by="nurse", of_entry={"kind": "cleared", "by": "nurse"})]
    ).accepted


class TestWhatBringsReleaseForward:
    def test_an_earlier_device_needs_a_second_person(self):
        moved = correct(DEVICE, taken_at=at(12).isoformat())
        assert last([*dosed(), moved]).needs == ("second_person",)

    def test_with_one_it_is_recorded_and_marked(self):
        moved = entry(
            "correct", 60, of=DEVICE, entry={"taken_at": at(12)}, reason="wrong clock", second_person="prescriber"
        )
        held = seen([*dosed(), moved], 61)
        assert held.release_not_before == at(132)
        assert [(found.before, found.after, found.second_person) for found in held.releases_moved] == [
            (at(135), at(132), "prescriber")
        ]
        assert held.form["flags"] == ["release_moved_forward"]

    def test_the_same_account_is_no_second_person(self):
        moved = entry(
            "correct",
            60,
            of=DEVICE,
            entry={"taken_at": at(12)},
            reason="wrong clock",
            account="a",
            second_person="me",
            second_account="a",
        )
        assert not last([*dosed(), moved]).accepted

    def test_a_later_device_needs_nobody(self):
        session = [*dosed(), correct(DEVICE, of_entry={"at": at(18).isoformat()})]
        assert last(session).accepted
        assert seen(session, 61).release_not_before == at(138)

    def test_taking_the_only_device_back_needs_a_second_person(self):
        assert not last([*dosed()[:-1], correct(DEVICE - 1, kind="note", text="not used")]).accepted

    def test_a_device_charted_late_needs_nobody(self):
        assert last([*dosed()[:-1], device(30, taken=15)]).accepted

    def test_an_end_charted_as_earlier_than_planned_needs_a_second_person(self):
        start = infused()
        assert last([*start, entry("dose_end", 38)], infusion_plan()).accepted
        assert last([*start, entry("dose_end", 55, taken=50)], infusion_plan()).accepted
        early = entry("dose_end", 55, taken=15)
        assert last([*start, early], infusion_plan()).needs == ("second_person",)
        held = entry("dose_end", 55, taken=15, second_person="prescriber")
        assert last([*start, held], infusion_plan()).accepted

    def test_a_resolution_charted_as_earlier_needs_a_second_person(self):
        held = [*dosed(), scale("MOAAS", 120, 4), scale("MOAAS", 150, 5)]
        assert last([*held, scale("MOAAS", 155, 5, taken=140)]).needs == ("second_person",)
        assert last([*held, scale("MOAAS", 155, 5)]).accepted


CAREFUL = plan(late_dose_waits=True)
LATE = [*dosed()[:-2], device(60, 56, taken=10, account="a")]


class TestADoseChartedLateByOne:
    """Whoever charts a first dose late would set the release clock alone: no clock stands before it to come forward."""

    def test_it_is_recorded_and_counts_from_its_charting(self):
        assert last(LATE, CAREFUL).accepted
        assert "until its time is corrected with a second person" in " ".join(last(LATE, CAREFUL).reasons)
        held = seen(LATE, 131, CAREFUL)
        assert (held.first_dose_at, held.release_not_before) == (at(10), at(180))
        assert "49 min of the minimum observation remain, counted from when" in held.blocks[0].text

    def test_a_second_person_at_once_confirms_its_time(self):
        held = [*LATE[:-1], device(60, 56, taken=10, second_person="nurse 2")]
        assert not any("charted" in reason for reason in last(held, CAREFUL).reasons)
        assert seen(held, 61, CAREFUL).release_not_before == at(130)

    @pytest.mark.parametrize(
        "confirms", [{"account": "a", "second_account": "b"}, {"account": "b", "second_account": "a"}]
    )
    def test_a_second_person_confirms_it_with_a_correction(self, confirms):
        again = {"of": len(LATE) - 1, "entry": {"taken_at": at(10)}, "reason": "seen by both"}
        assert last([*LATE, entry("correct", 70, **again)], CAREFUL).needs == ("second_person",)
        held = seen([*LATE, entry("correct", 70, **again, **confirms)], 71, CAREFUL)
        assert held.release_not_before == at(130)
        assert [(found.before, found.after) for found in held.releases_moved] == [(at(180), at(130))]

    @pytest.mark.parametrize(("seconds", "waits"), [(59, False), (60, True)])
    def test_less_than_a_minute_is_how_a_time_is_typed(self, seconds, waits):
        held = [*LATE[:-1], device(10 + seconds / 60, 56, taken=10)]
        assert seen(held, 20, CAREFUL).release_not_before == (at(131) if waits else at(130))

    def test_an_infusion_waits_likewise_and_its_end_counts_as_it_was(self):
        careful = infusion_plan(late_dose_waits=True)
        held = [*infused()[:-1], entry("dose_start", 45, taken=10, mg=41), entry("dose_end", 50)]
        assert seen(held, 60, careful).release_not_before == at(165)

    def test_a_corrected_lot_asks_nobody(self):
        assert last([*LATE, correct(len(LATE) - 1, 70, lot="A2")], CAREFUL).accepted


def test_a_discharge_cannot_be_corrected_to_before_the_release():
    ended = [*dosed(), *well(), discharge(135)]
    of = len(ended) - 1
    assert not last([*ended, correct(of, 140, of_entry={"at": at(134).isoformat()})]).accepted
    assert last([*ended, correct(of, 140, escort="aunt")]).accepted


def test_a_correction_after_the_end_is_taken_in_and_the_state_stays():
    ended = [*dosed(), *well(), discharge(135)]
    held = seen([*ended, correct(DEVICE, 200, of_entry={"at": at(20).isoformat()})], 201)
    assert held.state == "discharged"
    assert held.form["flags"] == ["discharged_before_release"]


def test_an_event_can_be_renamed():
    session = run([*dosed(), event("vomiting", 30), correct(len(dosed()), id="nausea")])
    assert session.chart.event_open("nausea")
    assert not session.chart.event_open("vomiting")
