"""Runs of the lab: one at a time in a clinic, shared by who asks the same, and never under way for ever."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import wait
from uuid import uuid4

import pytest

from remit.acts import lab_runs
from remit.acts.lab_runs import CANCELLED, DONE, INTERRUPTED, REFUSED, RUNNING, WAITING, Bench
from remit.acts.lab_worker import SHOWN, compute
from remit.quantities import BadInput

HERE, ELSEWHERE = uuid4(), uuid4()
LONGEST_S = 60
ONE = {
    "molecule": "ketamine", "route": "intravenous", "dose": "0.5 mg/kg", "duration": "40 min",
    "times": "0:480:20 min", "n": "300", "seed": "7",
}  # fmt: skip
LONG = ONE | {"n": "200000", "times": "0:480:40 min"}


@pytest.fixture
def bench():
    held = Bench()
    yield held
    for run in list(held._runs.values()):
        held.cancel(run.clinic_id, run.key)


def told(asked):
    messages = []
    compute(asked, messages.append)
    return messages


def test_block_by_block_gives_what_one_simulation_gives():
    from remit.engine.asked import Asked, plan_of
    from remit.engine.report import document
    from remit.engine.simulate import simulate
    from remit.knowledge.pharmacology import pharmacology

    *progress, (kind, documents) = told([ONE])
    facts = pharmacology()
    whole = document(simulate(facts, plan_of(facts, Asked(**ONE))))
    assert kind == "result"
    assert progress == [("progress", 300, 300)]
    assert set(documents[0]["quantities"]) == set(SHOWN)
    for name in SHOWN:
        assert documents[0]["quantities"][name] == whole["quantities"][name]
        assert documents[0]["summary"][name] == whole["summary"][name]


def test_a_large_crowd_is_counted_with_its_progress_and_gives_what_the_command_gives(monkeypatch):
    from remit.engine import blocks, stream
    from remit.engine.asked import Asked, plan_of
    from remit.engine.report import document
    from remit.knowledge.pharmacology import pharmacology

    monkeypatch.setattr(stream, "EXACT_UP_TO", 299)
    monkeypatch.setattr(blocks, "BLOCK", 128)
    *progress, (_, documents) = told([ONE])
    assert progress == [("progress", done, 300) for done in (128, 256, 300)]
    assert set(documents[0]["quantities"]) == set(SHOWN)
    facts = pharmacology()
    whole = document(stream.simulated(facts, plan_of(facts, Asked(**ONE))))
    assert documents[0]["percentiles"] == whole["percentiles"]
    assert all(documents[0]["quantities"][name] == whole["quantities"][name] for name in SHOWN)


def test_what_the_engine_refuses_names_the_regimen():
    assert told([ONE, ONE | {"dose": "50 mg/kg"}])[-1][:2] == ("refused", 1)


def test_a_run_is_done_and_whoever_asks_the_same_has_it_at_once(bench):
    run = bench.ask(HERE, [ONE])
    assert run.state == RUNNING
    assert bench.ask(HERE, [dict(reversed(ONE.items()))]) is run
    assert run.over.wait(LONGEST_S)
    assert (run.state, run.done, run.total, len(run.documents)) == (DONE, 300, 300, 1)
    assert bench.ask(HERE, [ONE]) is run
    assert bench.find(ELSEWHERE, run.key) is None


def test_one_is_computed_in_a_clinic_the_next_waits_and_too_many_are_refused(bench):
    first, *waiting = [bench.ask(HERE, [LONG | {"seed": str(seed)}]) for seed in range(1 + lab_runs.MOST_WAITING)]
    elsewhere = bench.ask(ELSEWHERE, [LONG])
    assert (first.state, elsewhere.state) == (RUNNING, RUNNING)
    assert {run.state for run in waiting} == {WAITING}
    assert [bench.ahead(run) for run in waiting] == [1, 2, 3, 4]
    with pytest.raises(BadInput, match="at most 4 wait"):
        bench.ask(HERE, [ONE])
    process = first.process
    for run in (*waiting[1:], first):
        bench.cancel(HERE, run.key)
    assert first.state == CANCELLED
    assert wait([process.sentinel], LONGEST_S), "a cancelled run has no process"
    bench.cancel(HERE, waiting[0].key)
    assert bench.ask(HERE, [ONE]).over.wait(LONGEST_S)


def test_a_worker_that_is_killed_leaves_an_interrupted_run_which_can_be_asked_again(bench):
    run = bench.ask(HERE, [LONG])
    os.kill(run.process.pid, signal.SIGKILL)
    assert run.over.wait(LONGEST_S)
    assert run.state == INTERRUPTED
    again = bench.ask(HERE, [LONG])
    assert again is not run
    assert again.state == RUNNING


def test_a_run_that_nobody_asks_about_is_stopped_and_the_next_one_begins(bench):
    left, alone, watched = (bench.ask(HERE, [LONG | {"seed": str(seed)}]) for seed in range(3))
    for run in (left, alone):
        run.looked_at -= lab_runs.MOST_UNWATCHED_S
    bench.find(HERE, watched.key)
    assert left.over.wait(LONGEST_S), "the next word of its process stops it"
    assert (left.state, alone.state) == (CANCELLED, CANCELLED)
    new = bench.ask(HERE, [ONE])
    bench.cancel(HERE, watched.key)
    assert new.over.wait(LONGEST_S)
    assert new.state == DONE


def test_a_refused_run_stays_refused_since_the_same_words_are_refused_again(bench):
    run = bench.ask(HERE, [ONE | {"dose": "50 mg/kg"}])
    assert run.over.wait(LONGEST_S)
    assert run.state == REFUSED
    assert bench.ask(HERE, [ONE | {"dose": "50 mg/kg"}]) is run


def test_the_oldest_that_has_ended_is_forgotten(bench, monkeypatch):
    monkeypatch.setattr(lab_runs, "MOST_KEPT", 2)
    runs = [bench.ask(HERE, [LONG | {"seed": str(seed)}]) for seed in range(2)]
    bench.cancel(HERE, runs[1].key)
    last = bench.ask(HERE, [LONG | {"seed": "9"}])
    assert bench.find(HERE, runs[1].key) is None
    assert bench.find(HERE, runs[0].key) is runs[0]
    assert bench.find(HERE, last.key) is last
