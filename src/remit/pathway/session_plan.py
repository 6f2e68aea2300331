"""What a session was planned to be: the protocol and rules it runs on, for whom, how much, where."""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.pathway.protocol import PerKilogram, Protocol
from remit.pathway.referral import Jurisdiction, Patient, Setting
from remit.pathway.safety import SessionRules
from remit.quantities import BadInput, MgPerKg, Milligrams, Minutes, Route

SPRAVATO = "spravato"


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One planned session. An unknown setting or jurisdiction is treated as the stricter one."""

    protocol: Protocol
    rules: SessionRules
    planned: Milligrams
    number: int = 1
    jurisdiction: Jurisdiction | None = None
    setting: Setting | None = None
    patient: Patient = field(default_factory=Patient)
    route_chosen: Route | None = None
    infusion_chosen: Minutes | None = None
    order: MgPerKg | None = None
    """The dose per kilogram that the order was computed from, where it was."""
    confirmed_before: frozenset[str] = frozenset()
    """Checks that were settled for the whole course and need not be asked again."""
    extra_gate_checks: tuple[str, ...] = ()
    """Checks that this clinic asks for beside the common ones, such as `identity`."""
    requires_preparation: bool = False
    """A dose that is drawn up may start only after a second person has recomputed it."""
    late_dose_waits: bool = False
    """A dose that was charted late counts from its charting until a second person confirms when it was given."""
    adopted: frozenset[str] = frozenset()
    """Unverified values that the clinic's lead has adopted."""
    open_risks: tuple[str, ...] = ()
    """The person's risky answers that nobody has dealt with, in words: who is to, and by when."""

    @property
    def route(self) -> Route:
        """The route on which the dose goes in."""
        return self.route_chosen or self.protocol.route

    @property
    def spray(self) -> bool:
        """True where the dose is given by spray devices."""
        return self.route is Route.INTRANASAL

    @property
    def infused(self) -> bool:
        """True where the dose runs in over a time."""
        return self.route is Route.INTRAVENOUS

    @property
    def infusion(self) -> Minutes | None:
        """How long the infusion is planned to run; null where nothing says."""
        if self.infusion_chosen is not None:
            return self.infusion_chosen
        return self.protocol.infusion.value if self.protocol.infusion else None

    @property
    def inpatient(self) -> bool:
        """True only where the setting is known to be inpatient."""
        return self.setting is Setting.INPATIENT

    @property
    def us_spravato_outpatient(self) -> bool:
        """True where the US risk programme binds: its enrolment and its form."""
        bound = (self.jurisdiction,) if self.jurisdiction else self.protocol.jurisdictions
        return self.protocol.product == SPRAVATO and Jurisdiction.US in bound and not self.inpatient

    @property
    def weight_based(self) -> bool:
        """True where the dose follows from the body weight."""
        return isinstance(self.protocol.dose, PerKilogram)

    @property
    def form(self) -> str | None:
        """The regulatory form that is drafted from the record; null where none applies."""
        return self.protocol.form if not self.inpatient else None

    @property
    def known_checks(self) -> frozenset[str]:
        """Every check that this session may answer."""
        return frozenset({*self.rules.checks, *self.rules.recovery.asked, *self.extra_gate_checks})

    def refuse_unknown_check(self, check: str) -> None:
        """Raise `BadInput` for a check that does not exist."""
        if check not in self.known_checks:
            raise BadInput(f"check: id: one of {', '.join(sorted(self.known_checks))} is needed, not {check!r}")
