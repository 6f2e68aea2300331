import csv
import shutil

import pytest

from remit.knowledge import medications
from remit.knowledge.medications import adequacy_table, drug_classes
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput


def file_rows():
    with medications.TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", file_rows(), ids=lambda row: row["drug"])
def test_each_row_of_the_table_is_built_as_it_stands(row):
    built = next(held for held in adequacy_table().rows if held.drug == row["drug"])
    assert built.drug_class == row["class"]
    assert built.min_dose_mg_day.value == float(row["min_dose_mg_day"])
    assert built.min_weeks.value == float(row["min_weeks"])
    assert built.min_weeks_athf.value == float(row["min_weeks_athf"])
    assert built.source.status is Status.read(row["status"])
    assert built.note == row["note"]


def test_only_bracketed_rows_are_augmentations():
    assert {row.drug for row in adequacy_table().rows if row.augmentation} == {
        row["drug"] for row in file_rows() if "(" in row["drug"]
    }


def test_a_class_that_no_file_sources_is_unverified_and_the_projects_own():
    ours = [held for held in drug_classes().memberships if held.path.startswith("drug_classes.")]
    assert len(ours) > 300
    assert {(held.source.status, held.source.origin) for held in ours} == {(Status.UNVERIFIED, Origin.PROJECT_DEFAULT)}
    assert not any(held.trusted for held in ours)


@pytest.mark.parametrize(("drug", "trusted"), [("sertraline", True), ("venlafaxine", True), ("moclobemide", False)])
def test_the_tables_own_classes_are_trusted_unless_written_from_memory(drug, trusted):
    assert [held.trusted for held in drug_classes().of(drug) if held.path.startswith("adequacy.")] == [trusted]


def test_every_alias_leads_to_a_drug_that_is_known():
    classes = drug_classes()
    strangers = [name for _, name in classes.aliases if not classes.of(name)]
    assert not strangers


def test_a_drug_given_twice_in_a_class_is_refused(tmp_path, monkeypatch):
    copied = tmp_path / "classes.yaml"
    shutil.copy(medications.CLASSES, copied)
    copied.write_text(
        copied.read_text(encoding="utf-8").replace("[alprazolam,", "[alprazolam, alprazolam,"), encoding="utf-8"
    )
    monkeypatch.setattr(medications, "CLASSES", copied)
    with pytest.raises(BadInput, match=r"benzodiazepine.*'alprazolam' twice"):
        drug_classes.__wrapped__()
