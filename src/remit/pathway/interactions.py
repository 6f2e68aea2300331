"""Drugs and foods taken now, held against the treatment; the route decides what matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from remit.pathway.protocol import Protocol
from remit.pathway.referral import Medication
from remit.pathway.sourced import Action, Finding, Source
from remit.quantities import Route


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9']+", name.casefold().replace("’", "'")))


def _parts(name: str) -> set[tuple[str, ...]]:
    """Every run of words in a name: `venlafaxine xr` mentions `venlafaxine`."""
    words = _words(name)
    return {words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1)}


@dataclass(frozen=True, slots=True)
class Membership:
    """One drug's place in one class. Only a `trusted` one, from a sourced table, may satisfy a demand."""

    drug: str
    drug_class: str
    source: Source = field(default_factory=Source)
    path: str = ""
    trusted: bool = False


@dataclass(frozen=True)
class DrugClasses:
    """Which drug belongs to which class, and the other names of a drug."""

    memberships: tuple[Membership, ...]
    aliases: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _by_words(self) -> Mapping[tuple[str, ...], list[Membership]]:
        found: dict[tuple[str, ...], list[Membership]] = {}
        for held in self.memberships:
            found.setdefault(_words(held.drug), []).append(held)
        return found

    @cached_property
    def _other_names(self) -> Mapping[tuple[str, ...], str]:
        return {_words(alias): name for alias, name in self.aliases}

    def _all_parts(self, written: str) -> set[tuple[str, ...]]:
        """Every run of words in the name, and in the names of the drugs of which it uses another name."""
        parts = _parts(written)
        named = [_parts(self._other_names[part]) for part in parts if part in self._other_names]
        return parts.union(*named)

    def mentions(self, written: str, drug: str) -> bool:
        """True where this medication is that drug or contains it."""
        return _words(drug) in self._all_parts(written)

    def of(self, written: str) -> tuple[Membership, ...]:
        """Every class to which this medication belongs."""
        parts = sorted(self._all_parts(written))
        return tuple(held for part in parts for held in self._by_words.get(part, []))

    def documented(
        self, medications: Iterable[Medication], classes: frozenset[str], adopted: frozenset[str]
    ) -> tuple[str, ...]:
        """The medications that certainly belong to one of the classes: by a sourced table, or adopted by the lead."""
        return tuple(
            medication.name
            for medication in medications
            if any(
                held.drug_class in classes and (held.trusted or held.path in adopted or held.drug_class in adopted)
                for held in self.of(medication.name)
            )
        )


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction: which drugs or classes, on which routes, and what it does."""

    id: str
    effect: str
    action: Action
    suggestion: str = ""
    classes: frozenset[str] = frozenset()
    drugs: tuple[str, ...] = ()
    routes: frozenset[Route] = frozenset()
    """The only routes that it concerns; empty: all."""
    full_routes: frozenset[Route] = frozenset()
    """The routes on which its own action holds, where others have `other_action`."""
    other_action: Action | None = None
    needs: tuple[tuple[str, frozenset[str]], ...] = ()
    """By protocol: classes of which one must be taken; none of them is the finding."""
    not_oral: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)
    path: str = ""

    def concerns(self, protocol: Protocol) -> bool:
        """True where one of the protocol's routes is one that the interaction is about."""
        return not self.routes or bool(self.routes.intersection(protocol.routes))

    def action_on(self, protocol: Protocol) -> Action:
        """What it does on this protocol's routes; where several are possible the strictest holds."""
        if self.other_action is None or self.full_routes.intersection(protocol.routes):
            return self.action
        return self.other_action


@dataclass(frozen=True, slots=True)
class Interactions:
    """Every interaction, the drug classes, and what is said of a list that is missing or not understood."""

    rows: tuple[Interaction, ...]
    classes: DrugClasses
    not_recorded: Finding
    not_classified: Finding

    def findings(
        self, medications: tuple[Medication, ...] | None, protocol: Protocol, adopted: frozenset[str] = frozenset()
    ) -> list[Finding]:
        """A finding for each interaction that a medication raises, and for each demand that none satisfies."""
        taken = medications or ()
        found = [self._raised(row, taken, protocol) for row in self.rows if row.concerns(protocol)]
        found += [self._missing(row, medications, protocol, adopted) for row in self.rows]
        found.append(self.not_recorded if medications is None else self._strangers(taken))
        return [finding for finding in found if finding is not None]

    def of_one(self, medication: Medication, protocol: Protocol) -> list[Finding]:
        """What this one medication raises on the protocol, or that nothing is known of it."""
        found = [self._raised(row, (medication,), protocol) for row in self.rows if row.concerns(protocol)]
        found.append(self._strangers((medication,)))
        return [finding for finding in found if finding is not None]

    @property
    def names(self) -> tuple[str, ...]:
        """Every drug and food that is known by name, for whoever types one."""
        rows = {drug for row in self.rows for drug in row.drugs}
        return tuple(sorted(rows.union(held.drug for held in self.classes.memberships), key=str.casefold))

    def _raised(self, row: Interaction, taken: tuple[Medication, ...], protocol: Protocol) -> Finding | None:
        names = [medication.name for medication in taken if self._matches(row, medication.name)]
        if not names:
            return None
        advice = f" ({row.suggestion})" if row.suggestion else ""
        text = f"{', '.join(names)}: {row.effect}{advice}"
        return Finding(row.id, row.action_on(protocol), text, row.source, row.path)

    def _matches(self, row: Interaction, name: str) -> bool:
        if any(self.classes.mentions(name, drug) for drug in row.drugs):
            return True
        return any(held.drug_class in row.classes for held in self.classes.of(name))

    def _missing(
        self,
        row: Interaction,
        medications: tuple[Medication, ...] | None,
        protocol: Protocol,
        adopted: frozenset[str],
    ) -> Finding | None:
        wanted = dict(row.needs).get(protocol.id)
        if wanted is None:
            return None
        oral = [taken for taken in medications or () if not self._not_oral(row, taken.name)]
        if self.classes.documented(oral, wanted, adopted):
            return None
        unsure = [
            taken.name for taken in oral if any(held.drug_class in wanted for held in self.classes.of(taken.name))
        ]
        if medications is None:
            said = "no medication list is recorded"
        elif unsure:
            said = f"{', '.join(unsure)} is listed, but no source confirms its class"
        else:
            said = "none is listed"
        return Finding(row.id, row.action_on(protocol), f"{row.effect}: {said}", row.source, row.path)

    def _not_oral(self, row: Interaction, name: str) -> bool:
        return any(self.classes.mentions(name, drug) for drug in row.not_oral)

    def _strangers(self, taken: tuple[Medication, ...]) -> Finding | None:
        names = [medication.name for medication in taken if not self._known(medication.name)]
        if not names:
            return None
        said = self.not_classified
        return Finding(said.id, said.action, f"{', '.join(names)}: {said.text}", said.source, said.path)

    def _known(self, name: str) -> bool:
        return bool(self.classes.of(name)) or any(self._matches(row, name) for row in self.rows)
