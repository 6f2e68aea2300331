"""Virtual patients on real regimens: kinetics in closed form, session effects, populations from a seed.

Arrays in, arrays out: facts are values of `remit.pathway.kinetics`, which `remit.knowledge.pharmacology` builds from
its files. Times are hours, concentrations ng/mL in results.
"""

from remit.engine.people import People, covariates
from remit.engine.regimen import Dose, parse_regimen, repeated
from remit.engine.simulate import Plan, Result, simulate

__all__ = ["Dose", "People", "Plan", "Result", "covariates", "parse_regimen", "repeated", "simulate"]
