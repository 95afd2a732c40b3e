"""The cases of a study: the options that somebody argues for together, beside the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcarbon.study import Study


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """A case's id, its label, the options that it takes instead of the published ones, and whether it leaves least out."""

    id: str
    label: str
    choices: dict[str, str]
    complete: bool


def cases_of(study: Study, relevant: Sequence[str]) -> list[CaseOptions]:
    """The cases that change only the `relevant` choices, in the file's order.

    A study without cases gets one for each option of each choice, changed alone.
    """
    if study.cases:
        complete = [case.complete for case in study.cases.values()]
        if not any(complete):
            complete[-1] = True
        return [
            CaseOptions(name, case.label, dict(case.choices), is_complete)
            for (name, case), is_complete in zip(study.cases.items(), complete)
            if set(case.choices) <= set(relevant)
        ]
    return [
        CaseOptions(f"{axis}-{option}", option, {axis: option}, False)
        for axis in relevant
        for option in study.choices[axis].options
        if option != study.choices[axis].published_option
    ]
