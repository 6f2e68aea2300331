"""A crowd on a Dask cluster: the same digits as on one thread, or one line that says why there is no answer."""

import logging
from importlib.util import find_spec

import distributed
import numpy as np
import pytest

from remit.cli import main
from remit.engine import blocks, spread, stream
from remit.engine import trial as module
from remit.engine.simulate import Plan, simulate
from remit.engine.spread import workers_of
from remit.quantities import BadInput
from tests.engine import trials, world

PEOPLE = 50


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers, threads of this process that are spoken to as those of another machine are."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        local_directory=str(tmp_path_factory.mktemp("cluster")),
    ) as held:  # fmt: skip
        yield held


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    monkeypatch.setattr(spread, "SMALLEST_TASK", 3)
    monkeypatch.setattr(blocks, "BLOCK", 16)


def plan():
    times = np.array([0.0, 0.25, 0.7, 2.0, 6.0, 24.0])
    return Plan(world.doses("esketamine", "28 mg @0; 28 mg @5", "intranasal"), world.people(PEOPLE, seed=2), times)


def test_a_cluster_keeps_everybody_with_the_same_digits(cluster):
    here, there = (simulate(world.facts(), plan(), workers=each) for each in (1, cluster.scheduler_address))
    assert here.handed_over == there.handed_over
    for name, values in here.values.items():
        assert np.array_equal(values, there.values[name])
        for what, each in here.summary[name].items():
            assert np.array_equal(each, there.summary[name][what], equal_nan=True)


def test_a_cluster_counts_the_same(cluster):
    here, there = (stream.streamed(world.facts(), plan(), each) for each in (2, cluster.scheduler_address))
    assert here.handed_over == there.handed_over
    for name, held in here.values.items():
        summary = [(each, there.summary[name][what]) for what, each in here.summary[name].items()]
        for one, other in [(held, there.values[name]), *summary]:
            assert np.array_equal(one.percentiles([5.0, 50.0]), other.percentiles([5.0, 50.0]), equal_nan=True)
            assert np.array_equal(one.left_out, other.left_out)


def test_a_trial_has_the_same_digits_on_threads_and_on_a_cluster(cluster, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 64)
    monkeypatch.setattr(module, "SMALLEST_TASK", 100)
    facts, plan = world.facts(), trials.planned(trials.arms(), n=20, trials=30)
    one, *others = (module.trial(facts, trials.CHAIN, plan, each) for each in (1, 2, cluster.scheduler_address))
    for other in others:
        for name in ("change", "sd", "response", "remission", "counted", "relapse", "sessions"):
            assert np.array_equal(getattr(one[0], name), getattr(other[0], name), equal_nan=True)


def numbers(facts, plan, part):
    return list(part)


def test_other_versions_than_here_are_refused(cluster, monkeypatch):
    theirs = (("remit", "0.0"), ("numba", None))
    monkeypatch.setattr(spread, "computed", lambda task, work, part: (theirs, None))
    with pytest.raises(BadInput, match=r"compute with remit 0\.0, no numba, not with remit"):
        next(spread.spread(numbers, (world.facts(), plan()), PEOPLE, cluster.scheduler_address))


def test_a_worker_that_ends_leaves_its_patients_to_others(cluster):
    answers = spread.spread(numbers, (world.facts(), plan()), PEOPLE, cluster.scheduler_address)
    found = next(answers)
    cluster.sync(cluster.workers[0].close)
    assert sorted(sum(answers, found)) == list(range(PEOPLE))


def test_without_workers_there_is_no_answer(cluster, monkeypatch):
    monkeypatch.setattr(spread, "BACK_WITHIN_S", 0.2)
    monkeypatch.setattr(spread, "_LOOK_EVERY_S", 0.1)
    answers = spread.spread(numbers, (world.facts(), plan()), PEOPLE, cluster.scheduler_address)
    next(answers)
    for one in cluster.workers.values():
        cluster.sync(one.close)
    with pytest.raises(BadInput, match="were lost before all patients were computed; there is no answer"):
        list(answers)
    monkeypatch.setattr(spread, "ANSWER_WITHIN_S", 0.2)
    with pytest.raises(BadInput, match=r"workers: at least one is needed; tcp://\S+ had none in 0.2 s"):
        next(spread.spread(numbers, (world.facts(), plan()), PEOPLE, cluster.scheduler_address))


ASKED = ["simulate", "--molecule", "esketamine", "--route", "intranasal", "--dose", "28 mg", "--times", "0:60:30 min"]


def refusal(capsys, where):
    assert main([*ASKED, "--n", "20", "--workers", where]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_an_address_at_which_nobody_answers_is_said(capsys, monkeypatch):
    monkeypatch.setattr(spread, "ANSWER_WITHIN_S", 0.2)
    assert "none answered at tcp://127.0.0.1:1 in 0.2 s" in refusal(capsys, "tcp://127.0.0.1:1")


def test_what_a_cluster_needs_is_said(capsys, monkeypatch):
    monkeypatch.setattr(spread, "find_spec", lambda name: None if name == "distributed" else find_spec(name))
    assert "workers: processes:2 needs Dask: pip install 'remit[cluster]'" in refusal(capsys, "processes:2")


@pytest.mark.parametrize(
    "text", ["processes:0", "processes:257", "tcp://host", "tcp://host:0x", "tcp://:1", "udp://h:1"]
)
def test_what_is_neither_a_number_nor_a_cluster_is_refused(text):
    with pytest.raises(
        BadInput, match="workers: a whole number from 1 to 256 is needed, or processes:N, or the address"
    ):
        workers_of(text)


def test_a_number_of_processes_and_an_address_are_read():
    assert [workers_of(text) for text in ("256", "processes:1", "tcp://[::1]:8786")] == [
        256,
        "processes:1",
        "tcp://[::1]:8786",
    ]
