"""The charts: gaps stay gaps, corrected values stay visible, text can never become markup."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from remit.web.charts.course import CourseCurve, Score, course_chart
from remit.web.charts.session import Mark, Reading, SessionCurve, Span, session_chart

START = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def curve(*readings: Reading, **more: object) -> SessionCurve:
    held = {"doses": (), "events": (), "alarms": (), "now": after(60), "zone": UTC} | more
    return SessionCurve(readings, **held)  # type: ignore[arg-type]


def test_a_pulse_not_measured_breaks_the_line() -> None:
    drawn = session_chart(
        curve(Reading(after(0), heart_rate=70), Reading(after(10)), Reading(after(20), heart_rate=80))
    )
    (line,) = re.findall(r'd="([^"]*)" class="chart-pulse"', drawn)
    assert line.count("M") == 2


def test_a_corrected_reading_stays_visible_and_struck_through() -> None:
    drawn = session_chart(curve(Reading(after(0), 271, 95, corrected=True)))
    assert "271/95 mmHg (corrected)" in drawn
    assert "chart-struck" in drawn


def test_a_chart_without_readings_says_so() -> None:
    assert "Nothing was measured yet" in session_chart(curve())


def test_minutes_since_the_first_dose_are_the_second_scale() -> None:
    drawn = session_chart(curve(doses=(Span(START, after(40), "infusion"),), first_dose=START))
    assert "+30 min" in drawn


def test_an_event_s_words_are_text_and_never_markup() -> None:
    drawn = session_chart(curve(Reading(START, 120, 80), events=(Mark(START, "<script>alert(1)</script>"),)))
    assert "<script" not in drawn
    assert "&lt;script" in drawn


def test_an_incomplete_score_is_a_gap_and_not_a_zero() -> None:
    scores = (Score(date(2026, 10, 1), 20), Score(date(2026, 10, 8), None), Score(date(2026, 10, 15), 9))
    drawn = course_chart(CourseCurve("PHQ-9", scores, (date(2026, 10, 2),), 0, 27, date(2026, 10, 20)))
    (line,) = re.findall(r'd="([^"]*)" class="chart-score"', drawn)
    assert line.count("M") == 2
    assert "2 of 3 PHQ-9 complete" in drawn
