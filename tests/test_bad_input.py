"""What a user may get wrong in a study, one row a fault: the change to a sound study, and what the message says."""

from __future__ import annotations

import time

import pytest

from mcarbon.errors import UserError
from mcarbon.reading.load import parse_study

STUDY = """format = 1
id = "servers"
title = "Servers"
source = "doe2020"
[references.doe2020]
title = "On servers"
author = "Doe, Jane"
year = 2020
url = "https://example.org/servers"
[units]
names = ["GPU", "server"]
[dimensions]
country = ["US", "India"]
system = ["a", "b", "c"]
[choices.boundary]
options = ["whole-life", "device-only"]
published = "device-only"
[cases.office]
label = "Office"
choices = { boundary = "whole-life" }
complete = true
[cases.home]
label = "Home"
[inputs.grid]
unit = "gCO2e/kWh"
by = "country"
at.US = { published = "370", prior = { family = "normal", mean = 370, sd = 20 }, source = "doe2020" }
at.India = { value = 700 }
[inputs.load]
unit = "kW/GPU"
by = ["system", "country"]
at.a = { US = { value = 1 }, India = { value = 1 } }
at.b = { US = { value = 1 }, India = { value = 1 } }
at.c.US = { value = 1 }
at.c.India = { value = 1 }
[inputs.gpus]
unit = "GPU"
published = 8
corrected = { value = 9, why = "miscounted", source = "10.1000/182" }
prior = { family = "discrete", values = [8, 9], weights = [1, 2] }
source = ["doe2020", "https://example.org"]
[inputs.overhead]
unit = "percent"
value = 30
[quantities.power]
unit = "W"
formula = "load * gpus * (1 + overhead)"
[quantities.rate]
unit = "kgCO2e/year"
formula = "power * grid"
[quantities.total]
unit = "tCO2e/year"
formula = '''
  sum(rate, "country")
'''
[quantities.side]
unit = "1"
by = "boundary"
at.whole-life = "rate / total"
at."device-only" = "1"
[quantities.ratio]
unit = "1"
formula = "total / (rate['US'] + rate['India'])"
sides = { Both = "total", US = "rate" }
[claims.first]
statement = "..."
quantity = "total"
at = { boundary = "whole-life", system = "a" }
published = "1/2,900"
unit = "kgCO2e/h"
via = { rate = 1.9 }
direction = "< 1"
source = "doe2020"
[[defects]]
what = "A unit is wrong"
kind = "unit"
[[not_counted]]
what = "The cup"
pushes = "up"
"""

ROWS: list[tuple[str, str, list[str]]] = [
    # The file as TOML.
    ("format = 1\n", "format = 1\nformat = 1\n", ["x.toml, line 2", "not TOML", "only once"]),
    ("format = 1\n", "format = \n", ["x.toml, line 1", "not TOML", "invalid value"]),
    ("[units]\n", "[units\n", ["x.toml, line 10", "not TOML"]),
    ("[units]\n", "[dimensions]\n", ["x.toml, line 12", "not TOML", "only once"]),
    ("value = 30", "value = 1" + "0" * 400, ["line 44, [inputs.overhead] value", "too large"]),
    ("value = 30", "value = 1" + "0" * 5000, ["thousands of digits"]),
    ("value = 30", "value = inf", ["line 44, [inputs.overhead] value", "cannot be infinite"]),
    ("value = 30", "value = nan", ["line 44, [inputs.overhead] value", "cannot be nan"]),
    ("value = 30", "value = " + "[" * 60 + "]" * 60, ["[inputs.overhead]", "nested too deep"]),
    ("value = 30", "value" + ".a" * 5000 + " = 1", ["line 44", "nested too deep"]),
    ("value = 30", "value = 30 # \ud800", ["line 44", "U+D800"]),
    # Keys and types.
    ("format = 1\n", "", ["x.toml", "`format` is missing"]),
    ("format = 1\n", "format = 2\n", ["line 1, format", "2 is not allowed", "Allowed: 1."]),
    ("format = 1\n", "format = true\n", ["line 1, format", "true is not allowed"]),
    ("format = 1\n", "format = 1.0\n", ["line 1, format", "1.0 is not allowed"]),
    ('id = "servers"', 'id = "My Servers"', ["line 2, id", '"My Servers" is not a name', "hyphens"]),
    ("title = ", "titel = ", ["line 3, titel", "unknown key `titel`", 'Did you mean "title"?']),
    ('title = "Servers"', "title = Servers", ["line 3", "not TOML: invalid value", "Text stands in quotes"]),
    ('title = "Servers"', 'title = "Servers', ["line 3", "not TOML: illegal character", "A closing quote is missing."]),
    ("value = 30", "value = 0,3", ["line 44", "not TOML", "A decimal point is a point: 0.5."]),
    ("mean = 370, sd = 20", "mean = 370,5, sd = 20", ["line 27", "not TOML", "A decimal point is a point: 0.5."]),
    ('title = "Servers"', "title = 5", ["line 3, title", "must be text in quotes, not the number 5"]),
    ("[inputs.overhead]", "[input.overhead]", ["line 42, [input]", "unknown key `input`", 'Did you mean "inputs"?']),
    (
        "[inputs.overhead]",
        '[inputs."over head"]',
        ['[inputs."over head"]', "is not a name", "letters, digits and underscores"],
    ),
    (
        "published = 8",
        "puublished = 8",
        ["line 38, [inputs.gpus] puublished", "unknown key", 'Did you mean "published"?'],
    ),
    ('unit = "percent"\n', "", ["line 42, [inputs.overhead]", "`unit` is missing"]),
    (
        'unit = "percent"\n',
        "unit = 1\n",
        ["line 43, [inputs.overhead] unit", "must be text in quotes, not the number 1"],
    ),
    ("value = 30", 'value = "30"', ["line 44, [inputs.overhead] value", 'must be a number, not the text "30"']),
    ("value = 30", "value = true", ["[inputs.overhead] value", "must be a number, not true"]),
    ("value = 30", "value = 2026-01-01", ["[inputs.overhead] value", "not the date or time 2026-01-01"]),
    (
        "source = [",
        "source = [5, ",
        ["line 41, [inputs.gpus] source, entry 1", "must be text in quotes, not the number 5"],
    ),
    ("complete = true", 'complete = "yes"', ["[cases.office] complete", "must be true or false"]),
    (
        "at.India = { value = 700 }",
        "at.India = 700",
        ["line 28, [inputs.grid] at.India", "must be a table, not the number 700"],
    ),
    (
        "at.India = { value = 700 }",
        "at.India = { vale = 700 }",
        ["[inputs.grid] at.India.vale", 'Did you mean "value"?'],
    ),
    (
        'kind = "unit"',
        'kind = "unit"\nclaims = ["no-such-claim"]',
        ["[[defects]] entry 1, claims", "there is no claim `no-such-claim`"],
    ),
    (
        'kind = "unit"',
        'kind = "units"',
        ["[[defects]] entry 1, kind", '"units" is not allowed', 'Did you mean "unit"?'],
    ),
    ('pushes = "up"\n', "", ["[[not_counted]] entry 1", "`pushes` is missing"]),
    ('pushes = "up"', 'pushes = ""', ["[[not_counted]] entry 1, pushes", "at least 1 character"]),
    ('pushes = "up"', 'pushes = "up"\nsource = "doe2021"', ["[[not_counted]] entry 1, source", 'no source "doe2021"']),
    ("year = 2020\n", "", ["line 5, [references.doe2020]", "`year` is missing"]),
    ('url = "https://example.org/servers"\n', "", ["line 5, [references.doe2020]", "`doi` or a `url`"]),
    ('published = "1/2,900"', "published = 5", ["[claims.first] published", "must be text in quotes"]),
    ("[claims.first]", "[claims.The_First]", ["[claims.The_First]", "is not a name", "hyphens"]),
    ('why = "miscounted", ', "", ["[inputs.gpus] corrected", "`why` is missing"]),
    # Priors.
    (
        'family = "normal"',
        'family = "norml"',
        ["line 27, [inputs.grid] at.US.prior", '"norml"', 'Did you mean "normal"?'],
    ),
    ('family = "normal", ', "", ["[inputs.grid] at.US.prior", "`family` is missing", "Allowed: normal"]),
    (
        "mean = 370, sd = 20",
        "p2.5 = 330, p50 = 370",
        ["[inputs.grid] at.US.prior.p2", "must be a number, not a table", 'stands in quotes: "p2.5" = 1.'],
    ),
    ("sd = 20", "sd = -20", ["[inputs.grid] at.US.prior.sd", "must be above 0, not -20"]),
    ("sd = 20", "s = 20", ["[inputs.grid] at.US.prior", "unknown key `s`"]),
    ("sd = 20", 'sd = "20"', ["[inputs.grid] at.US.prior.sd", 'must be a number, not the text "20"']),
    ("weights = [1, 2]", "weights = [1]", ["[inputs.gpus] prior", "2 values but 1 weights"]),
    ("weights = [1, 2]", "weights = []", ["[inputs.gpus] prior.weights", "must not be empty"]),
    ("weights = [1, 2]", "weight = [1, 2]", ["[inputs.gpus] prior.weight", "unknown key", 'Did you mean "weights"?']),
    ("values = [8, 9]", "discrete = [8, 9]", ["`values` is missing", "[inputs.gpus] prior.discrete", "unknown key"]),
    (
        "value = 30",
        'prior = "human.writing_sped"',
        ["[inputs.overhead] prior", "no prior", 'Did you mean "human.writing_speed"?'],
    ),
    ("value = 30", 'prior = "humn.writing_speed"', ["[inputs.overhead] prior", "`humn.toml`", 'Did you mean "human"?']),
    ("value = 30", 'prior = "writing_speed"', ["[inputs.overhead] prior", "names no prior", '"file.name"']),
    ("value = 30", 'prior = "../../etc.passwd"', ["[inputs.overhead] prior", "names no prior"]),
    (
        "value = 30",
        'prior = "human.writing_speed"',
        ["[inputs.overhead] prior", "word/hour cannot be converted to percent"],
    ),
    (
        "value = 30",
        "prior = 30",
        [
            "[inputs.overhead] prior",
            "must be a table or text in quotes, not the number 30",
            "a fixed number stands in `value`",
        ],
    ),
    ("value = 30", "prior = [30, 40]", ["must be a table or text in quotes, not a list", 'Such as { family = "uniform"']),
    ("value = 30", 'prior = "30"', ['"30" names no prior', "a fixed number is `value = 100`"]),
    # Inputs.
    ("value = 30", "", ["line 42, [inputs.overhead]", "this has neither", "`prior` says what is known"]),
    ("value = 30", 'value = 30\nprior = { family = "uniform", low = 1, high = 2 }', ["[inputs.overhead]", "not both"]),
    ("value = 30", 'prior = { family = "uniform", low = 1, high = 2 }', ["[inputs.overhead]", "needs a source"]),
    ("value = 30", 'value = 30\npublished = "thirty"', ["[inputs.overhead] published", '"thirty" is not a number']),
    ("value = 30", 'value = 30\npublished = "1/3"', ["[inputs.overhead] published", "is a fraction"]),
    ("value = 30", "value = 30\npublished = 30\nneutral = 1", ["[inputs.overhead]", "`published` and `neutral`"]),
    ("published = 8\n", "", ["[inputs.gpus] corrected", "stands beside `published`"]),
    (
        'source = ["doe2020", ',
        'source = ["doe2021", ',
        ["line 41, [inputs.gpus] source", '"doe2021"', 'Did you mean "doe2020"?'],
    ),
    ('"10.1000/182"', '"10/182"', ["[inputs.gpus] corrected.source", 'no source "10/182"']),
    ('source = "doe2020"\n[ref', 'source = ""\n[ref', ["line 4, source", "the source is empty"]),
    ('by = "country"', 'by = "contry"', ["line 26, [inputs.grid] by", "`contry`", 'Did you mean "country"?']),
    ('by = "country"\n', "", ["[inputs.grid]", "`at` needs `by`"]),
    ('by = "country"', 'by = ["country", "country"]', ["[inputs.grid] by", "twice"]),
    ('by = "country"', 'by = "country"\nvalue = 3', ["line 27, [inputs.grid] value", "cannot stand beside `at`"]),
    ("at.India = { value = 700 }\n", "", ["[inputs.grid] at", "no entry for country: India"]),
    ("at.c.US = { value = 1 }\nat.c.India = { value = 1 }\n", "", ["[inputs.load] at", "no entry for system: c"]),
    (
        "at.India = { value = 700 }",
        "at.Indiana = { value = 700 }",
        ["at.Indiana", 'Did you mean "India"?', "no entry for country: India"],
    ),
    ("at.c.India = { value = 1 }", "at.c.India.x = { value = 1 }", ["[inputs.load] at.c.India", "one level too deep"]),
    (
        "at.a = { US = { value = 1 }, India = { value = 1 } }",
        "at.a = { value = 1 }",
        ["[inputs.load] at.a", "missing for each country"],
    ),
    (
        "{ value = 700 }",
        "{ entry = 3, published = 1, corrected = {} }",
        ["[inputs.grid] at.India.corrected", "`why` is missing", "[inputs.grid] at.India.entry", "unknown key `entry`"],
    ),
    # Names.
    ("[inputs.overhead]", "[inputs.exp]", ["line 42, [inputs.exp]", "`exp` is a word of formulas"]),
    ("[inputs.overhead]", "[inputs.rate]", ["line 48, [quantities.rate]", "`rate` is taken: [inputs.rate]"]),
    ("[inputs.overhead]", "[inputs.country]", ["[inputs.country]", "`country` is taken: [dimensions] country"]),
    ('"GPU", "server"', '"GPU", "GPU"', ["line 11, [units] names, entry 2", "twice"]),
    ('"GPU", "server"', '"GPU", "kWh"', ["[units] names, entry 2", "is a unit already (kilowatt_hour)"]),
    ('["US", "India"]', '["US", "India", "US"]', ["line 13, [dimensions] country, entry 3", '"US" stands here twice']),
    ('["US", "India"]', "[]", ["line 13, [dimensions] country", "must not be empty"]),
    # Choices and cases.
    (
        'published = "device-only"',
        'published = "device"',
        ["line 17, [choices.boundary] published", '"device" is not an option', "device-only"],
    ),
    (
        'published = "device-only"',
        'slips = ["device"]',
        ["line 17, [choices.boundary] slips", '"device" is not an option', "device-only"],
    ),
    (
        'published = "device-only"',
        'slips = ["whole-life", "device-only"]',
        ["line 17, [choices.boundary] slips", "every option is a slip", "At least one option that is none."],
    ),
    (
        '{ boundary = "whole-life" }\nc',
        '{ bondary = "whole-life" }\nc',
        ["[cases.office] choices.bondary", 'Did you mean "boundary"?'],
    ),
    (
        '{ boundary = "whole-life" }\nc',
        '{ boundary = "whole" }\nc',
        ["[cases.office] choices.boundary", '"whole" is not an option'],
    ),
    ('label = "Home"', 'label = "Home"\ncomplete = true', ["[cases.home] complete", "only one case", "`office`"]),
    ("[cases.home]", "[cases.published]", ["line 22, [cases.published]", "is reserved"]),
    # Quantities.
    ('unit = "W"', 'unit = "Wat"', ["line 46, [quantities.power] unit", "no unit `Wat`"]),
    ('unit = "W"', 'unit = "degC"', ["[quantities.power] unit", "`degC` is a scale with an offset"]),
    (
        'unit = "W"',
        'unit = "kg"',
        ["line 47, [quantities.power] formula", "gives kW", "the quantity is in kg", "load * gpus"],
    ),
    (
        "(1 + overhead)",
        "(1 + overhed)",
        ["line 47, [quantities.power] formula", "`overhed`, column 20", 'Did you mean "overhead"?'],
    ),
    ("(1 + overhead)", "(1 + overhead", ["[quantities.power] formula", "`(` is not closed", "column 15"]),
    ("(1 + overhead)", "(gpus + overhead)", ["cannot add GPU and percent", "column 21"]),
    ("load * gpus", "load.real * gpus", ["attributes", "column 5"]),
    ("load * gpus", "maximun(load, load) * gpus", ["`maximun` is not a function", "Did you mean `maximum`?"]),
    ("load * gpus", "total * gpus", ["[quantities.power]", "power -> total -> rate -> power"]),
    (
        'sum(rate, "country")',
        'sum(rate, "contry")',
        ["[quantities.total] formula", "column 3 of the formula", 'Did you mean "country"?'],
    ),
    ("rate['India']", "rate['Indi']", ["[quantities.ratio] formula", 'no coordinate "Indi"', 'Did you mean "India"?']),
    (
        'at.whole-life = "rate / total"',
        'at.whole-life = "rate + total * gpus"',
        ["[quantities.side] at.whole-life", "cannot add"],
    ),
    ('at."device-only" = "1"\n', "", ["[quantities.side] at", "no entry for boundary: device-only"]),
    ('by = "boundary"', 'by = "boundary"\nformula = "1"', ["[quantities.side]", "not both"]),
    ('formula = "power * grid"\n', "", ["line 48, [quantities.rate]", "this has neither"]),
    ('Both = "total", US = "rate"', 'Both = "total"', ["[quantities.ratio] sides", "two sides, not 1"]),
    ('Both = "total"', 'Both = "totl"', ["[quantities.ratio] sides.Both", 'Did you mean "total"?']),
    ('Both = "total"', 'Both = "ratio"', ["[quantities.ratio] sides.Both", "not a side of itself"]),
    # Correlations.
    (
        "[claims.first]",
        '[correlations]\n"grid, gpus" = { norml = 0.5 }\n[claims.first]',
        ['[correlations] "grid, gpus"', "unknown key `norml`", 'Did you mean "normal"? Allowed: normal.'],
    ),
    # Claims.
    (
        'quantity = "total"',
        'quantity = "totl"',
        ["[claims.first] quantity", "no quantity `totl`", 'Did you mean "total"?'],
    ),
    ('quantity = "total"', 'quantity = "gpus"', ["[claims.first] quantity", "no quantity `gpus`"]),
    ('system = "a" }', 'system = "d" }', ["[claims.first] at.system", 'no coordinate "d" on system', "a, b, c"]),
    ('system = "a" }', 'sytem = "a" }', ["[claims.first] at.sytem", 'Did you mean "system"?']),
    ('system = "a" }', 'country = "US" }', ["[claims.first] at.country", "`total` does not depend on country"]),
    ('"1/2,900"', '"1/2,90"', ["[claims.first] published", '"1/2,90" is not a number', '"1/2,900"']),
    ('"1/2,900"', '"80 g"', ["[claims.first] published", '"80 g" is not a number', "the unit stands in `unit`"]),
    ('"1/2,900"', '"5..3"', ["[claims.first] published", "from high to low"]),
    ('"< 1"', '"1 <"', ["[claims.first] direction", "does not begin with <, <=, > or >="]),
    (
        'published = "1/2,900"\nunit = "kgCO2e/h"\nvia = { rate = 1.9 }\ndirection = "< 1"\n',
        "",
        ["[claims.first]", "has neither"],
    ),
    ('unit = "kgCO2e/h"', 'unit = "kg/h"', ["[claims.first] unit", "tCO2e/year cannot be converted to kg/h"]),
    ("via = { rate = 1.9 }", "via = { rat = 1.9 }", ["[claims.first] via.rat", 'Did you mean "rate"?']),
    ("via = { rate = 1.9 }", "via = { total = 1.9 }", ["[claims.first] via.total", "its own intermediate"]),
    ("via = { rate = 1.9 }", "digits = 0", ["[claims.first] digits", "must be at least 1, not 0"]),
]


def test_the_study_is_sound() -> None:
    parse_study(STUDY)


@pytest.mark.parametrize(("old", "new", "parts"), ROWS, ids=[f"{i}:{row[1][:30]!r}" for i, row in enumerate(ROWS)])
def test_the_message_names_place_fault_and_what_is_allowed(old: str, new: str, parts: list[str]) -> None:
    assert STUDY.count(old) >= 1
    with pytest.raises(UserError) as caught:
        parse_study(STUDY.replace(old, new, 1), "x.toml")
    message = str(caught.value)
    assert message.startswith("x.toml")
    for part in parts:
        assert part in message


def test_all_faults_of_a_file_are_told_at_once_and_in_its_order() -> None:
    text = (
        STUDY.replace("published = 8", "puublished = 8")
        .replace("sd = 20", "sd = -20")
        .replace("power * grid", "power + gird")
    )
    with pytest.raises(UserError) as caught:
        parse_study(text.replace("[claims.first]\n", '[claims.first]\nwhen = "now"\n'), "x.toml")
    found = [fault.line or 0 for fault in caught.value.faults]
    assert found == sorted(found) and len(found) >= 4
    message = str(caught.value)
    for part in ("puublished", "prior.sd", "`gird`", "`when`"):
        assert part in message


def test_a_table_that_cannot_be_read_is_not_reported_as_missing() -> None:
    with pytest.raises(UserError) as caught:
        parse_study(STUDY.replace("value = 30", 'value = "30"'))
    assert len(caught.value.faults) == 1


def repeated(piece: str, many: int) -> str:
    return "".join(piece.format(i=i, j=i + 1) for i in range(many))


@pytest.mark.parametrize(
    "text",
    [
        repeated('[inputs.i{i}]\nunit = "1"\nvalue = 1\nsource = "s{i}"\n', 32_000),
        repeated('[quantities.q{i}]\nunit = "1"\nformula = "j{i}"\n', 32_000),
        repeated('[quantities.q{i}]\nunit = "1"\nformula = "1"\nsides = {{ a = "q{j}", b = "q0" }}\n', 12_000),
        repeated('[claims.c{i}]\nstatement = "1"\nquantity = "q"\npublished = "1"\nat = {{ d = "c0{i}" }}\n', 100)
        + '[dimensions]\nd = ["'
        + '", "'.join(f"c{i}" for i in range(40_000))
        + '"]\n',
    ],
    ids=["sources", "names", "sides", "coordinates"],
)
def test_a_hostile_file_costs_little_more_than_reading_it(text: str) -> None:
    text = f'format = 1\nid = "x"\ntitle = "x"\n{text}[quantities.q]\nunit = "1"\nformula = "1"\n'
    start = time.process_time()
    with pytest.raises(UserError):
        parse_study(text)
    assert time.process_time() - start < 6  # some 2 s; with a step that is quadratic in them, 8 s and more


def test_thousands_of_faults_are_cut_short() -> None:
    extra = "".join(f'[quantities.q{i}]\nunit = "1"\nformula = "nothing{i}"\n' for i in range(3000))
    with pytest.raises(UserError) as caught:
        parse_study(STUDY + extra)
    assert len(caught.value.faults) <= 110
