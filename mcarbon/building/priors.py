"""Constructors of priors: ``mcarbon.normal(335, 10)``, one line a family.

The parameters, their order and what they must be are those of the family's record.
"""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any, Generic, TypeVar, cast, get_args

from mcarbon.building.plain import table
from mcarbon.errors import Fault, UserError
from mcarbon.families import Family
from mcarbon.families.arbitrary import Scipy
from mcarbon.families.base import Continuous
from mcarbon.families.bounded import (
    Arcsine,
    Beta,
    CurvilinearTrapezoid,
    Loguniform,
    Pert,
    Trapezoid,
    Triangular,
    Uniform,
)
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.families.metalog import Metalog
from mcarbon.families.mixture import Mixture
from mcarbon.families.normal import Lognormal, Normal
from mcarbon.families.positive import Exponential, Gamma, Weibull
from mcarbon.families.student import StudentT
from mcarbon.reading.records import validate
from mcarbon.study import InputEntry

_Record = TypeVar("_Record", bound=Family)
_BOUNDS = tuple(Continuous.model_fields)


class Constructor(Generic[_Record]):
    """Makes priors of one family: its own parameters by place or by name, percentiles and bounds by name.

    UserError, with every fault, where there is no such prior. A percentile that is not whole is written
    ``**{"p2.5": 1.0}``.
    """

    def __init__(self, record: type[_Record]) -> None:
        fields = record.model_fields
        self.__name__: str = get_args(fields["family"].annotation)[0]
        self.__doc__ = record.__doc__
        self.parameters = tuple(name for name in fields if name not in ("family", *_BOUNDS))
        shown = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY if name in _BOUNDS else Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if fields[name].is_required() else fields[name].default,
            )
            for name in (*self.parameters, *(bound for bound in _BOUNDS if bound in fields))
        ]
        if record.model_config.get("extra") == "allow":
            shown.append(Parameter("percentiles", Parameter.VAR_KEYWORD))
        self.__signature__ = Signature(shown)

    def __call__(self, *values: Any, **named: Any) -> _Record:
        """The prior of these parameters."""
        here = f"mcarbon.{self.__name__}"
        if len(values) > len(self.parameters):
            what = f"{len(values)} values without a name are more than its parameters"
            raise UserError(Fault(what, here, f"Allowed: {', '.join(self.parameters)}."))
        given = dict(zip(self.parameters, values))
        if twice := [name for name in given if name in named]:
            raise UserError(*(Fault(f"`{name}` is given twice", here) for name in twice))
        # Read where priors stand in a study, so that the sentences are those of a file.
        entry, wrong = validate(InputEntry, {"prior": {"family": self.__name__, **table(**given, **named)}})
        if entry is None:
            places = [(".".join(map(str, keys[1:])), fault) for keys, fault in wrong]
            raise UserError(*(Fault(fault.what, f"{here}, {key}" if key else here, fault.allowed) for key, fault in places))
        return cast(_Record, entry.prior)

    def __repr__(self) -> str:
        return f"mcarbon.{self.__name__}{self.__signature__}"


arcsine = Constructor(Arcsine)
beta = Constructor(Beta)
curvilinear_trapezoid = Constructor(CurvilinearTrapezoid)
discrete = Constructor(Discrete)
empirical = Constructor(Empirical)
exponential = Constructor(Exponential)
gamma = Constructor(Gamma)
lognormal = Constructor(Lognormal)
loguniform = Constructor(Loguniform)
metalog = Constructor(Metalog)
mixture = Constructor(Mixture)
normal = Constructor(Normal)
pert = Constructor(Pert)
scipy = Constructor(Scipy)
student_t = Constructor(StudentT)
trapezoid = Constructor(Trapezoid)
triangular = Constructor(Triangular)
uniform = Constructor(Uniform)
weibull = Constructor(Weibull)
