"""Which antidepressant trials were adequate and failed, and every reason why one counts or does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from remit.pathway.referral import AntidepressantTrial, TrialOutcome
from remit.pathway.sourced import Source, Sourced, Status


@dataclass(frozen=True, slots=True)
class AdequacyRow:
    """What the table asks of one drug: the least daily dose and the least weeks at it, by either family of forms."""

    drug: str
    """The drug as the table writes it."""
    name: str
    """The name by which a trial gives it, without what the table adds in brackets."""
    drug_class: str
    augmentation: bool
    min_dose_mg_day: Sourced[float]
    min_weeks: Sourced[float]
    min_weeks_athf: Sourced[float]
    note: str = ""

    @property
    def source(self) -> Source:
        """Where the row's doses and weeks come from."""
        return self.min_dose_mg_day.source


@dataclass(frozen=True, slots=True)
class AdequacyTable:
    """The least doses and durations, with the other names under which a drug may be written."""

    rows: tuple[AdequacyRow, ...]
    aliases: tuple[tuple[str, str], ...] = ()
    formulation_words: frozenset[str] = frozenset()
    same_substance: tuple[tuple[str, str], ...] = ()

    def row_for(self, trial: AntidepressantTrial) -> AdequacyRow | None:
        """The row that judges this trial: an added drug by its augmentation row where there is one."""
        for name in self._names(trial.drug):
            exact = [row for row in self.rows if row.drug.casefold() == name]
            named = [row for row in self.rows if row.name.casefold() == name]
            fitting = [row for row in named if row.augmentation == (trial.added_to is not None)]
            plain = [row for row in named if not row.augmentation]
            if found := exact or fitting or plain:
                return found[0]
        return None

    def only_added(self, trial: AntidepressantTrial) -> bool:
        """True where the table knows the drug only as an addition to another."""
        names = self._names(trial.drug)
        return any(row.augmentation and row.name.casefold() in names for row in self.rows)

    def substance(self, drug: str) -> str:
        """The substance behind a name: two trials of one substance are trials of one drug."""
        row = self.row_for(AntidepressantTrial(drug)) or self.row_for(AntidepressantTrial(drug, added_to="another"))
        name = row.name.casefold() if row else self._names(drug)[-1]
        return dict(self.same_substance).get(name, name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every drug that the table knows by name, for whoever types one."""
        return tuple(sorted({row.name for row in self.rows}, key=str.casefold))

    def _names(self, drug: str) -> tuple[str, ...]:
        """The name as written, its other name, and both without a formulation at the end."""
        written = " ".join(drug.casefold().split())
        aliases = dict(self.aliases)
        bare = written
        while bare.rpartition(" ")[2] in self.formulation_words and " " in bare:
            bare = bare.rpartition(" ")[0]
        return tuple(dict.fromkeys([written, aliases.get(written, written), bare, aliases.get(bare, bare)]))


@dataclass(frozen=True, slots=True)
class TrialJudgement:
    """One trial: whether it counts as an adequate trial that failed, and every reason.

    `counts` uses the weeks of the drug's own row, `counts_athf` those of the ATHF family of forms. `against` holds
    those of the reasons for which it does not count.
    """

    drug: str
    counts: bool
    counts_athf: bool
    reasons: tuple[str, ...]
    substance: str
    drug_class: str = ""
    augmentation: bool = False
    adequate: bool = False
    outcome: TrialOutcome = TrialOutcome.UNKNOWN
    source: Source = field(default_factory=Source)
    path: str = ""
    against: tuple[str, ...] = ()

    @property
    def besides(self) -> tuple[str, ...]:
        """The reasons that do not decide: what was reached, and what there is to know."""
        return tuple(reason for reason in self.reasons if reason not in self.against)

    def as_dict(self) -> dict[str, object]:
        """The judgement as the command line and the pages print it."""
        return {
            "drug": self.drug,
            "counts": self.counts,
            "counts_athf": self.counts_athf,
            "reasons": list(self.reasons),
            "class": self.drug_class or None,
            "augmentation": self.augmentation,
            "outcome": self.outcome.value,
            "status": self.source.status.value,
            "path": self.path,
        }


@dataclass(frozen=True, slots=True)
class History:
    """All trials of the episode as judged; a drug tried twice counts once."""

    trials: tuple[TrialJudgement, ...] = ()

    @property
    def resistant_trials(self) -> int:
        """Adequate trials that failed, by the weeks of each drug's own row."""
        return sum(trial.counts for trial in self.trials)

    @property
    def resistant_trials_athf(self) -> int:
        """Adequate trials that failed, by the shorter duration of the ATHF family of forms."""
        return sum(trial.counts_athf for trial in self.trials)

    @property
    def failed_antidepressants(self) -> tuple[TrialJudgement, ...]:
        """The counted trials that were no augmentation."""
        return tuple(trial for trial in self.trials if trial.counts and not trial.augmentation)

    @property
    def failed_augmentations(self) -> tuple[TrialJudgement, ...]:
        """The counted trials of a drug added to another."""
        return tuple(trial for trial in self.trials if trial.counts and trial.augmentation)


def review(trials: Sequence[AntidepressantTrial], table: AdequacyTable) -> History:
    """Every trial judged, the second trial of a drug marked so that it counts once."""
    judged: list[TrialJudgement] = []
    for trial in trials:
        judged.append(_once(judge(trial, table, trials), judged))
    return History(tuple(judged))


def _once(judged: TrialJudgement, before: Sequence[TrialJudgement]) -> TrialJudgement:
    same = [other for other in before if other.substance == judged.substance]
    counted = judged.counts and any(other.counts for other in same)
    counted_athf = judged.counts_athf and any(other.counts_athf for other in same)
    if not counted and not counted_athf:
        return judged
    forms = "" if counted else " by the ATHF forms"
    twice = f"{judged.substance} was counted before{forms}: the same drug twice is one drug"
    return replace(
        judged,
        counts=judged.counts and not counted,
        counts_athf=judged.counts_athf and not counted_athf,
        reasons=(*judged.reasons, twice),
        against=(*judged.against, twice) if counted else judged.against,
    )


def judge(
    trial: AntidepressantTrial, table: AdequacyTable, history: Sequence[AntidepressantTrial] = ()
) -> TrialJudgement:
    """One trial held against the table; `history` shows whether an added drug was added to an adequate one."""
    row = table.row_for(trial)
    failed = trial.outcome is TrialOutcome.FAILED
    if row is None:
        missing = _not_in_table(trial, table)
        return TrialJudgement(
            trial.drug,
            counts=False,
            counts_athf=False,
            reasons=(missing, _outcome(trial)),
            substance=table.substance(trial.drug),
            augmentation=trial.added_to is not None,
            outcome=trial.outcome,
            against=(missing, *(() if failed else (_outcome(trial),))),
        )
    dose, weeks = _dose_reaches(trial, row), _weeks_reach(trial, row.min_weeks)
    weeks_athf = _weeks_reach(trial, row.min_weeks_athf)
    based, base_reasons = _base(trial, row, table, history)
    decisive = {_dose(trial, row): dose, _weeks(trial, row): weeks, _outcome(trial): failed}
    return TrialJudgement(
        trial.drug,
        counts=dose and weeks and failed and based,
        counts_athf=dose and weeks_athf and failed and based,
        reasons=(*decisive, *base_reasons, *_about_the_row(row)),
        substance=table.substance(trial.drug),
        drug_class=row.drug_class,
        augmentation=row.augmentation or trial.added_to is not None,
        adequate=dose and weeks,
        outcome=trial.outcome,
        source=row.source,
        path=row.min_dose_mg_day.path,
        against=(*(reason for reason, holds in decisive.items() if not holds), *(() if based else base_reasons)),
    )


def _dose_reaches(trial: AntidepressantTrial, row: AdequacyRow) -> bool:
    return trial.dose_mg_day is not None and trial.dose_mg_day >= row.min_dose_mg_day.value


def _weeks_reach(trial: AntidepressantTrial, least: Sourced[float]) -> bool:
    return trial.weeks is not None and trial.weeks >= least.value


def _dose(trial: AntidepressantTrial, row: AdequacyRow) -> str:
    least = f"{row.min_dose_mg_day.value:g} mg/day"
    if trial.dose_mg_day is None:
        return f"dose not known: at least {least} is needed"
    reached = "reaches" if _dose_reaches(trial, row) else "is below"
    return f"dose {trial.dose_mg_day:g} mg/day {reached} the adequate {least}"


def _weeks(trial: AntidepressantTrial, row: AdequacyRow) -> str:
    default, athf = row.min_weeks.value, row.min_weeks_athf.value
    if trial.weeks is None:
        return f"duration not known: at least {default:g} weeks are needed"
    reached = "reach" if _weeks_reach(trial, row.min_weeks) else "are short of"
    text = f"{trial.weeks:g} weeks {reached} the {default:g} weeks asked for"
    if _weeks_reach(trial, row.min_weeks) == _weeks_reach(trial, row.min_weeks_athf):
        return text
    return f"{text}; the {athf:g} weeks of the ATHF forms are reached"


_OUTCOMES = {
    TrialOutcome.FAILED: "failed",
    TrialOutcome.RESPONDED: "responded: not a failed trial",
    TrialOutcome.RESPONDED_THEN_LOST: "responded and lost the response later: not a failed trial",
    TrialOutcome.INTOLERANT: "stopped for intolerance: recorded, not counted as failed",
    TrialOutcome.UNKNOWN: "outcome not known: not counted as failed",
}


def _outcome(trial: AntidepressantTrial) -> str:
    return _OUTCOMES[trial.outcome]


def _not_in_table(trial: AntidepressantTrial, table: AdequacyTable) -> str:
    if table.only_added(trial):
        return f"{trial.drug} counts only when it was added to an antidepressant: added_to is not given"
    return f"{trial.drug} is not in the dose table: adequacy cannot be judged"


def _base(
    trial: AntidepressantTrial, row: AdequacyRow, table: AdequacyTable, history: Sequence[AntidepressantTrial]
) -> tuple[bool, tuple[str, ...]]:
    """Whether the drug to which this one was added may have been adequate; only one known as inadequate refuses."""
    if trial.added_to is None:
        return True, ("what it was added to is not recorded",) if row.augmentation else ()
    bases = [other for other in history if table.substance(other.drug) == table.substance(trial.added_to)]
    judged = [(base, table.row_for(base)) for base in bases]
    known = [(base, found) for base, found in judged if found is not None]
    if any(_dose_reaches(base, found) and _weeks_reach(base, found.min_weeks_athf) for base, found in known):
        return True, (f"added to {trial.added_to}, an adequate trial",)
    if known and all(_too_little(base, found) for base, found in known):
        return False, (f"added to {trial.added_to}, whose own trial was not adequate",)
    return True, (f"added to {trial.added_to}, whose own adequacy is not recorded",)


def _too_little(trial: AntidepressantTrial, row: AdequacyRow) -> bool:
    low = trial.dose_mg_day is not None and not _dose_reaches(trial, row)
    short = trial.weeks is not None and not _weeks_reach(trial, row.min_weeks_athf)
    return low or short


def _about_the_row(row: AdequacyRow) -> tuple[str, ...]:
    unsure = row.source.status is Status.UNVERIFIED
    doubt = (f"judged by an unverified row of the dose table ({row.drug})",) if unsure else ()
    return (*doubt, f"note of the dose table: {row.note}") if row.note else doubt
