"""What is said of priors that are cut to other ones, and of answers that fall into groups."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.wording import percent


def another_prior(label: str, family: str, is_component: bool, cut_off: float, whole: float, left: float, unit: str) -> str:
    """What is said of a prior of which the bounds take much away; its median as a whole and of what is left."""
    what = f"a component of the prior of `{label}`" if is_component else f"the prior of `{label}`"
    form = Form(PrintedUnit.parse(unit))
    called = f"hardly the {family.replace('_', ' ')} that it is called"
    moved = f"its median is {form.text(left)} in place of {form.text(whole)}"
    return f"{what} is {called}: its bounds take {percent(cut_off)} of that away, and {moved}"


def split_by(names: Sequence[str], share: float, below: float, above: float, unit: str) -> tuple[str, ...]:
    """What is said of an answer of which some inputs make two groups: the share of the lower one, and their medians."""
    form = Form(PrintedUnit.parse(unit))
    who = " and ".join(f"`{name}`" for name in names)
    groups = f"{percent(share)} of the draws around {form.text(below)}, {percent(1 - share)} around {form.text(above)}"
    between = "hardly any between, where median and mean may lie"
    return (f"{who} split{'s' if len(names) == 1 else ''} the answer: {groups}, {between}",)
