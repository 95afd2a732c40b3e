"""Each kernel alone, on a block or two, against NumPy, SciPy or the twin: quick where kernels are plain Python, too."""

import itertools
import math

import numpy as np
import pytest
import twin
from bars import normal, study, uniform
from scipy import interpolate, linalg, optimize, stats
from scipy.stats import qmc

import mcarbon as mc
from mcarbon.engine import exchange, kernels, machine
from mcarbon.engine.held import Held, count_held
from mcarbon.engine.machine import OPCODE, Steps, aligned, evaluate, look_up, mix_normals, new_rows
from mcarbon.engine.nested import Nested
from mcarbon.engine.pair import Pair, exchange_sums
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler, input_streams
from mcarbon.engine.streams import (
    BLOCK,
    U32,
    U64,
    latin_block,
    permuted,
    philox_block,
    sobol_block,
    sobol_directions,
    stream_key,
    uniform_block,
)
from mcarbon.engine.tables import stack_tables
from mcarbon.reading.model import build_model

pytestmark = pytest.mark.kernels

METHODS = ("sobol", "lhs", "random")
THREE = {"a": uniform(0.0, 1.0), "b": normal(2.0, 0.5), "c": '{ family = "triangular", low = 1, mode = 2, high = 4 }'}
PAIRS = '[correlations]\n"a, b" = { normal = 0.6 }\n'


def program_of(formula, priors=THREE, tail="", quantities=("y",), smooth=False):
    """The program of one formula over some inputs, or of the inputs themselves beside it."""
    model = build_model(study(priors, formula, tail=tail))
    return compile_program(model, [(name, {}) for name in quantities], smooth=smooth)


def uniforms(method, seed, chain, name, position, dimensions, n, length):
    if method == "sobol":
        return twin.sobol_uniforms(seed, chain, (name,), position, dimensions, n)
    if method == "random":
        return twin.random_uniforms(seed, chain, (name,), n)
    return twin.latin_uniforms(seed, chain, (name,), n, length)


# Streams


@pytest.mark.parametrize("block", [2**22, 2**23 + 5, 2**31 - 1])
def test_counters_are_64_bits(block):
    u = np.empty(BLOCK)
    philox_block(U64(stream_key(1, "far")), 2, block, u)
    counters = np.uint64(block) * np.uint64(512) + np.arange(512, dtype=np.uint64)
    words = twin.philox(counters, 2, stream_key(1, "far"))
    halves = [((high * 2**20 + low // 2**12).astype(float) + 0.5) / 2**52 for high, low in (words[:2], words[2:])]
    assert np.array_equal(u, np.concatenate(halves))


def test_direction_numbers_are_scipys():
    """All 32 of them; SciPy's stand with the highest bit first."""
    directions, low = sobol_directions(40)
    assert directions.shape == (40, 32) and low.shape == (40, BLOCK)
    theirs = qmc.Sobol(40, scramble=False, bits=32)._sv
    assert [[int(f"{int(v):032b}"[::-1], 2) for v in row] for row in theirs] == directions.tolist()


@pytest.mark.parametrize("block", [2**10, 2**21 + 3, 2**22 - 1])
def test_sobol_points_of_far_blocks(block):
    """The first dimension's points are the bits of Gray's code of the index, turned round, then scrambled."""
    directions, low = sobol_directions(1)
    u = np.empty(BLOCK)
    sobol_block(low[0], directions[0], U32(12345), block, u)
    index = [block * BLOCK + i for i in range(BLOCK)]
    points = [int(f"{i ^ i >> 1:032b}"[::-1], 2) for i in index]
    assert np.array_equal(u, [(twin.owen_hash(x, 12345) + 0.5) / 2**32 for x in points])


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 1000, 1024, 1025])
def test_permutations_are_one_to_one(length):
    key = stream_key(3, "lhs", str(length))
    found = [permuted(i, length, U64(key)) for i in range(length)]
    assert sorted(found) == list(range(length))
    assert found == [twin.permuted(i, length, key) for i in range(length)]


@pytest.mark.parametrize("length", [1500, 2048, 3000])
def test_latin_blocks_are_the_definition(length):
    """Beyond the chain's end a block holds what nobody reads."""
    u = np.empty(BLOCK)
    found = []
    for block in range(-(-length // BLOCK)):
        latin_block(U64(twin.key(4, "lhs", "1", "x")), length, block, u)
        found.extend(u)
    assert np.array_equal(found[:length], twin.latin_uniforms(4, 1, ("x",), length, length))
    assert np.array_equal(np.sort(np.floor(np.array(found[:length]) * length)), np.arange(length))


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_its_uniforms(method):
    program = program_of("a + b + c")
    plan = Plan.of(3 * 2048, 3, method, seed=9)
    streams, u = input_streams(program, plan), np.empty(BLOCK)
    for k, name in enumerate("abc"):
        for chain, block in ((0, 0), (2, 1)):
            uniform_block(streams, k, chain, block, u)
            expected = uniforms(method, 9, chain, name, k, 3, 2048, 2048)[block * BLOCK : (block + 1) * BLOCK]
            assert np.array_equal(u, expected), (method, name, chain)
    both = np.empty((3, BLOCK))
    exchange.uniforms(streams, 1, 1, both)
    for k, name in enumerate("abc"):
        assert np.array_equal(both[k], uniforms(method, 9, 1, name, k, 3, 2048, 2048)[BLOCK:])


# The machine

PLACES = np.concatenate([2.0 ** -np.arange(2.0, 34), 1 - 2.0 ** -np.arange(2.0, 34), np.linspace(0.003, 0.997, BLOCK - 64)])
LOOKED_UP = {  # prior: SciPy's quantile function
    "normal": (mc.normal(2, 3), stats.norm(2, 3).ppf),
    "uniform": (mc.uniform(-1, 4), stats.uniform(-1, 5).ppf),
    "log-normal": (mc.lognormal(meanlog=0.3, sdlog=1.5), stats.lognorm(1.5, scale=np.exp(0.3)).ppf),
    "triangular": (mc.triangular(1, 2, 4), stats.triang(1 / 3, 1, 3).ppf),
    "discrete": (mc.discrete([1, 5, 7], [0.25, 0.5, 0.25]), lambda u: np.select([u < 0.25, u < 0.75], [1.0, 5.0], 7.0)),
    "at its ends": (mc.beta(0.5, 0.5), stats.beta(0.5, 0.5).ppf),
}


@pytest.mark.parametrize("name", LOOKED_UP)
def test_tables_are_the_quantile_functions(name):
    """Both tails, as far as the tables go, pieces where there is a kink or a jump, and never beyond the support."""
    prior, quantile = LOOKED_UP[name]
    builder = mc.StudyBuilder("t", "T")
    for other in ("first", "x"):
        builder.input(other, "1", prior=mc.uniform(5, 6) if other == "first" else prior, source="judgement")
    builder.quantity("y", "first + x")
    tables = compile_program(build_model(builder.build()), [("y", {})]).tables
    # At a jump itself both values are right.
    u = PLACES if name != "discrete" else PLACES[(np.abs(PLACES - 0.25) > 1e-6) & (np.abs(PLACES - 0.75) > 1e-6)]
    u, x = np.resize(u, BLOCK), np.empty(BLOCK)
    look_up(tables, 1, u.copy(), x)
    exact = quantile(u)
    spread = np.ptp(quantile(np.array([0.25, 0.7499])))
    assert np.all(np.abs(x - exact) <= 2e-8 * np.maximum(np.abs(exact), spread))
    assert tables.support[1, 0] <= x.min() and x.max() <= tables.support[1, 1]


def test_values_stay_within_the_support():
    tables = program_of("a + b").tables._replace(support=np.array([[0.2, 0.6], [1.9, 2.1]]))
    for k in range(2):
        x = np.empty(BLOCK)
        look_up(tables, k, PLACES.copy(), x)
        assert (x.min(), x.max()) == tuple(tables.support[k])
    discrete = stack_tables([mc_table(mc.discrete([1, 5, 7], [1, 1, 1]))])._replace(support=np.array([[2.0, 6.0]]))
    x = np.empty(BLOCK)
    look_up(discrete, 0, PLACES.copy(), x)
    assert set(x) == {2.0, 5.0, 6.0}


def mc_table(prior):
    from mcarbon.engine.tables import quantile_table

    return quantile_table(prior)


def test_uniforms_beyond_the_tables_are_at_their_end():
    tables = program_of("a + b").tables
    u, x = np.full(BLOCK, 0.5), np.empty(BLOCK)
    u[:4] = 2.0**-33, 2.0**-40, 1 - 2.0**-33, 1 - 2.0**-40
    look_up(tables, 1, u, x)
    assert x[0] == x[1] and x[2] == x[3] and x[4] == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize("prior", [mc.lognormal(meanlog=0, sdlog=8), mc.triangular(1, 2, 4), mc.normal(0, 1)])
def test_a_half_is_the_median(prior):
    """It has no tail to be in. Of the first of these the outermost cell of the upper tail is in pieces."""
    table = mc_table(prior)
    x = np.empty(BLOCK)
    look_up(stack_tables([table]), 0, np.full(BLOCK, 0.5), x)
    low, median, high = prior.distribution().ppf(np.array([0.25, 0.5, 0.75]))
    assert np.all(np.abs(x - median) <= 1e-8 * (high - low))


@pytest.mark.parametrize("n", [1, 8, 1000])
def test_rooms_begin_with_a_line_of_the_cache(n):
    for _ in range(8):
        room = aligned(n)
        assert room.shape == (n,) and room.ctypes.data % 64 == 0


def test_rows_have_the_constants_after_the_inputs():
    steps = Steps(np.empty((0, 5), np.int32), np.zeros(1, np.int64), np.zeros(1, np.int32), np.array([3.0, -1.0]), 6)
    rows = new_rows(steps, 2)
    assert rows.shape == (6, BLOCK) and rows.ctypes.data % 64 == 0
    assert np.all(rows[2] == 3.0) and np.all(rows[3] == -1.0)


def test_normals_are_mixed_by_the_factor():
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(7, BLOCK))
    members = np.array([5, 0, 2, 3], np.int32)
    factor = np.tril(rng.normal(size=(4, 4)))
    expected = rows.copy()
    expected[members] = factor @ rows[members]
    mix_normals(factor[np.tril_indices(4)], members, rows)
    np.testing.assert_allclose(rows, expected, rtol=1e-13, atol=1e-15)


NUMPYS = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "neg": np.negative} | {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "where": lambda a, b, c: np.where(a != 0, b, c),
}  # fmt: skip
OPERANDS = {"where": 3} | dict.fromkeys(
    ("add", "sub", "mul", "div", "pow", "lt", "le", "gt", "ge", "eq", "ne", "minimum", "maximum", "arctan2"), 2
)


@pytest.mark.parametrize("name", OPCODE)
def test_operations_are_numpys(name):
    """Of ordinary and odd numbers, equal operands, signed zeros, infinities and NaN among them."""
    odd = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.7, -2.5, 1e-3, np.inf, -np.inf, np.nan, 700.0]
    pairs = np.array(list(itertools.product(odd, odd)))
    rows = np.zeros((5, BLOCK))
    rows[1:4] = np.random.default_rng(6).normal(0.0, 2.0, (3, BLOCK))
    rows[1, : len(pairs)], rows[2, : len(pairs)] = pairs.T
    before = rows.copy()
    code = np.array([[OPCODE[name], 4, 1, 2 if OPERANDS.get(name, 1) > 1 else 0, 3 if name == "where" else 0]], np.int32)
    with np.errstate(all="ignore"):
        evaluate(code, rows)
        expected = NUMPYS.get(name, getattr(np, name, None))(*before[1 : 1 + OPERANDS.get(name, 1)])
    np.testing.assert_allclose(rows[4], expected, rtol=4e-15, atol=0)
    assert np.array_equal(rows[:4], before[:4], equal_nan=True)


def test_steps_run_one_after_another():
    """((a + b) * a - b) over two chunks of code."""
    rows = np.zeros((5, BLOCK))
    rows[0], rows[1] = 3.0, np.arange(BLOCK)
    code = [[machine.ADD, 2, 0, 1, 0], [machine.MUL, 3, 2, 0, 0], [machine.SUB, 4, 3, 1, 0]]
    evaluate(np.array(code, np.int32), rows)
    assert np.array_equal(rows[4], (3.0 + rows[1]) * 3.0 - rows[1])


# Keeping and counting


@pytest.mark.parametrize("tail", ["", PAIRS])
@pytest.mark.parametrize("method", METHODS)
def test_draws_are_the_quantiles_of_the_uniforms(method, tail):
    """Two blocks, the second in part, and a later chain; correlated normals by the Cholesky factor."""
    names = ("a", "b", "c", "y")
    program = program_of("a * b + c", tail=tail, quantities=names)
    plan = Plan.of(3 * 1500, 3, method, seed=2)
    found = Sampler(program, plan).keep_all(threads=1)
    assert found.shape == (3, 4, plan.length)
    for chain in (0, 2):
        u = [uniforms(method, 2, chain, name, k, 3, plan.length, plan.length) for k, name in enumerate("abc")]
        if tail:
            z = stats.norm.ppf(u[:2])
            u[1] = stats.norm.cdf(0.6 * z[0] + 0.8 * z[1])
        values = u[0], stats.norm(2, 0.5).ppf(u[1]), stats.triang(1 / 3, 1, 3).ppf(u[2])
        for row, expected in zip(found[chain], (*values, values[0] * values[1] + values[2])):
            np.testing.assert_allclose(row, expected, rtol=3e-7, atol=1e-7)


def test_a_later_range_of_blocks_is_part_of_the_whole():
    sampler = Sampler(program_of("a * b + c"), Plan.of(2 * 2500, 2, "random"))
    whole = sampler.keep_all(threads=1)[1]
    part = np.full((1, 1300), np.nan)
    sampler.keep(1, part, first=1)
    assert np.array_equal(part[0], whole[0, BLOCK : BLOCK + 1300])


def test_counts_are_of_the_draws_that_are_kept():
    """67 blocks, which are 9 groups and 2 spans, of two outputs, the last block in part."""
    program = program_of("a * b", {"a": uniform(0.0, 1.0), "b": uniform(1.0, 2.0)}, quantities=("a", "y"))
    sampler = Sampler(program, Plan.of(2 * (66 * BLOCK + 100), 2, "random"))
    bins, plan = sampler.bins(), sampler.plan
    assert plan.spans == 2 and kernels.SPAN == 64
    draws = sampler.keep_all(threads=1)
    tally = sampler.count(bins, threads=1)
    size = int(bins.offset[-1])
    room = np.empty((2, 2, 2)), np.zeros((2, size), np.uint32), np.tile([np.inf, -np.inf], (2, size, 1))
    for part, spans in enumerate(((0, 1), (1, 2))):
        sampler.count_range(bins, 1, spans, room[1][part], room[2][part], room[0][part : part + 1])
    assert np.array_equal(room[1].sum(axis=0), tally.counts[1])
    for k in range(2):
        output, here = tally.output(k), draws[:, k]
        assert output.draws == draws[:, k].size and output.range == (here.min(), here.max())
        d = (here - bins.centre[k]) / bins.scale[k]
        np.testing.assert_allclose(tally.sums[:, k], np.stack([d.sum(axis=1), (d**2).sum(axis=1)], axis=1), rtol=1e-11)
        for span, of_span in enumerate((d[1, : 64 * BLOCK], d[1, 64 * BLOCK :])):
            np.testing.assert_allclose(room[0][span, k], [of_span.sum(), (of_span**2).sum()], rtol=1e-11)
        # Bins do not overlap, so counts of draws up to a bin's largest are those of the bins up to it.
        starts = slice(bins.offset[k], bins.offset[k + 1] - 1)
        used = tally.counts[:, starts].any(axis=0)
        ends = tally.largest[starts][used]
        assert np.all(np.diff(ends) > 0) and np.all(tally.smallest[starts][used][1:] > ends[:-1])
        for chain in range(2):
            expected = np.searchsorted(np.sort(here[chain]), ends, side="right")
            assert np.array_equal(np.cumsum(tally.counts[chain, starts][used]), expected)


def test_only_the_blocks_asked_for_are_counted():
    """The first three of five of the second span, which are no whole group; the program's one output takes several steps."""
    sampler = Sampler(program_of("a * b + c"), Plan.of(2 * 69 * BLOCK, 2, "random"))
    bins = sampler.bins()
    size = int(bins.offset[-1])
    counts, extremes, sums = np.zeros(size, np.uint32), np.tile([np.inf, -np.inf], (size, 1)), np.full((1, 1, 2), 5.0)
    kernels.count_draws(*sampler._arguments, 1, 64, 67, sampler.plan.length, bins, counts, extremes, sums)
    draws = np.empty((1, 3 * BLOCK))
    sampler.keep(1, draws, first=64)
    d = (draws[0] - bins.centre[0]) / bins.scale[0]
    assert counts.sum() == draws.size and (extremes[:, 0].min(), extremes[:, 1].max()) == (draws.min(), draws.max())
    np.testing.assert_allclose(sums[0, 0], [d.sum(), (d**2).sum()], rtol=1e-11)


def test_shares_between_points_are_a_cubic_that_keeps_slopes():
    """SciPy's cubic through points and slopes; beyond the grid, its ends."""
    below = np.concatenate([[0.0], np.cumsum([0.05, 0.15, 0.4, 0.25, 0.1, 0.05])])
    start, step = -3.0, 0.5
    x = start + (np.arange(7) - 0.5) * step
    slopes = np.gradient(below, step)
    cubic = interpolate.CubicHermiteSpline(x, below, slopes)
    # At the grid's ends the slope outside is 0.
    slopes[0], slopes[-1] = 0.05 / step / 2, 0.05 / step / 2
    cubic = interpolate.CubicHermiteSpline(x, below, slopes)
    for at in np.linspace(x[0], x[-1], 50):
        assert kernels.share_below(at, start, step, below) == pytest.approx(cubic(at), abs=1e-14)
    assert kernels.share_below(-50.0, start, step, below) == 0.0
    assert kernels.share_below(50.0, start, step, below) == pytest.approx(1.0, abs=1e-15)


def test_products_are_counted_by_their_sign():
    """g is 1/2, 1 or 2 with the probabilities 0.2, 0.5, 0.3; h of both signs and 0. Values lie where g has no mass."""
    g, mass = np.array([0.5, 1.0, 2.0]), np.array([0.2, 0.5, 0.3])
    h, counts = np.array([-3.0, -1.0, 0.0, 1.0, 4.0]), np.arange(1.0, 11.0).reshape(5, 2)
    y = np.array([-9.0, -3.0 * 2**0.5, -1.4142135623730951, -0.7, 0.0, 0.0, 0.35, 2**0.5, 4 * 2**0.5, 20.0])
    equal = np.full(len(y), 0.25)
    equal[5] = 1.0
    below = np.full((len(y), 2), 100.0)
    with np.errstate(divide="ignore"):
        logs = np.log2(np.abs(h)), np.log2(np.abs(y))
    # A grid of many points between which nothing lies: steps of 1/8 octave.
    step, fine = 0.125, np.zeros(17)
    fine[[0, 8, 16]] = mass
    grid = np.concatenate([[0.0], np.cumsum(fine)])
    kernels.products_below(h, logs[0], counts, y, logs[1], equal, -1.0, step, grid, below)
    for j, value in enumerate(y):
        strictly = np.array([[p * (gi * hi < value) for gi, p in zip(g, mass)] for hi in h]).sum(axis=1)
        at_zero = np.where(h == 0, equal[j] * (value == 0), 0.0)
        np.testing.assert_allclose(below[j] - 100.0, (strictly + at_zero) @ counts, atol=1e-12, err_msg=str(value))


# Exchanges


def test_walsh_coefficients_are_those_of_hadamards_matrix():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(3, 8, 40))
    good = rng.random(40) < 0.8
    apart, joint = np.full((2, 3, 8), 5.0)
    exchange.add_walsh(values, good, apart, joint)
    w = np.einsum("vc,gcd->gvd", linalg.hadamard(8), values[:, :, good]) / 8
    np.testing.assert_allclose(apart - 5.0, ((w[:1] - w) ** 2).sum(axis=2), atol=1e-12)
    np.testing.assert_allclose(joint - 5.0, ((w[:1] + w) ** 2).sum(axis=2), rtol=1e-12)


def sides(program, plan, block=0, chain=1):
    """Both sides of a block as values (2, inputs, BLOCK), from the draws of the pair."""
    pair = Pair(program, plan)
    first, second = np.empty((2, len(program.inputs), BLOCK))
    exchange.both_sides(*pair._sides, program.tables, program.copula, chain, block, first, second)
    return pair, first, second


def drawn(pair, side, chain, first, last):
    """The outputs (outputs, draws) of one of the two samples at a chain's blocks [first, last)."""
    program = pair.program
    draws = np.empty((program.n_drawn, (last - first) * BLOCK))
    kernels.keep_draws(pair._sides[side], program.tables, program.copula, program.steps, chain, first, last, draws)
    return draws


def f(a, b, c):
    return a * b + c


def test_both_sides_are_two_samples():
    program = program_of("a * b + c", quantities=("y", "a", "b", "c"))
    pair, first, second = sides(program, Plan.of(2 * 2048, 2, "random"), block=1)
    order = [{cell.input: k for k, cell in enumerate(program.inputs)}[name] for name in "abc"]
    for side, rows in enumerate((first, second)):
        assert np.array_equal(drawn(pair, side, 1, 1, 2)[1:], rows[order])
    assert abs(np.corrcoef(first[0], second[0])[0, 1]) < 0.2
    assert not np.any(first == second)


def test_correlated_sides_are_normals():
    program = program_of("a * b + c", tail=PAIRS)
    _, first, second = sides(program, Plan.of(2 * 1024, 2, "random"))
    place = {cell.input: k for k, cell in enumerate(program.inputs)}
    u = {name: twin.random_uniforms(1, 1, (name,), BLOCK) for name in "ab"}
    z = {name: stats.norm.ppf(each) for name, each in u.items()}
    np.testing.assert_allclose(first[place["a"]], z["a"], atol=1e-6)
    np.testing.assert_allclose(first[place["b"]], 0.6 * z["a"] + 0.8 * z["b"], atol=1e-6)
    other = {name: twin.random_uniforms(1, 1, (name, "1"), BLOCK) for name in "ab"}
    np.testing.assert_allclose(second[place["b"]], stats.norm.ppf(other["b"]), atol=1e-6)
    np.testing.assert_allclose(exchange.correlations(program.copula)[place["a"], place["b"]], 0.6, rtol=1e-12)
    assert np.array_equal(np.diag(exchange.correlations(program.copula)), np.ones(3))


SECOND = '[quantities.z]\nunit = "1"\nformula = "(a - c) * exp(c) + sqrt(a) * (c - 1)"\n'
"""An output that is not the first: it is not asked for."""


def test_corners_are_the_function_at_each_subset():
    """c alone and then a and b together: normals mixed from both sides, each by weights of its own."""
    program = program_of("a * b + c", tail=PAIRS + SECOND, quantities=("y", "z"))
    _, first, second = sides(program, Plan.of(2 * 1024, 2, "random"))
    place = {cell.input: k for k, cell in enumerate(program.inputs)}
    together = np.array([place["a"], place["b"]])
    mixes = np.random.default_rng(9).normal(size=(4, 2, 4))
    redrawn = exchange.Redrawn(np.array([place["c"]]), together, mixes)
    values = np.empty((8, BLOCK))
    exchange.corners(program.tables, program.steps, redrawn, first, second, values)
    both = np.concatenate([first[together], second[together]])
    for subset in range(4):
        u = stats.norm.cdf(mixes[subset] @ both)
        a, b = u[0], stats.norm(2, 0.5).ppf(u[1])
        for bit in range(2):
            c = (first, second)[bit][place["c"]]
            inside = (u > 1e-9).all(axis=0) & (u < 1 - 1e-9).all(axis=0)
            np.testing.assert_allclose(values[2 * subset + bit][inside], f(a, b, c)[inside], rtol=2e-7, atol=2e-7)


def test_corners_of_three_inputs_alone():
    program = program_of("a * b + c", tail=SECOND, quantities=("y", "z"))
    _, first, second = sides(program, Plan.of(2 * 1024, 2, "random"))
    redrawn = exchange.Redrawn(np.arange(3), np.empty(0, np.int64), np.empty((1, 0, 0)))
    values = np.full((8, BLOCK), np.nan)
    exchange.corners(program.tables, program.steps, redrawn, first, second, values)
    names = [cell.input for cell in program.inputs]
    for subset in range(8):
        taken = {name: (first, second)[subset >> k & 1][k] for k, name in enumerate(names)}
        assert np.array_equal(values[subset], f(**taken))
    whole = np.empty(BLOCK)
    exchange.from_inputs(program.steps, second, whole)
    assert np.array_equal(whole, values[7])


def test_a_path_draws_one_input_after_another():
    program = program_of("a * b + c", tail=SECOND, quantities=("y", "z"))
    _, first, second = sides(program, Plan.of(2 * 1024, 2, "random"))
    rng = np.random.default_rng(10)
    order = rng.permuted(np.tile(np.arange(3)[:, None], BLOCK), axis=0)
    # Input 2 is of a group of two whose other member is input 1: players 1 and 2 are the group's stages.
    stages = rng.normal(1.0, 0.1, (3, 2, BLOCK))
    redrawn = exchange.Redrawn(np.array([0]), np.array([1, 2]), np.empty((4, 2, 4)))
    values = np.full((4, BLOCK), np.nan)
    exchange.path(program.steps, redrawn, first, second, stages, order, values)
    names = [cell.input for cell in program.inputs]
    for i in range(0, BLOCK, 37):
        rows, done = np.array([first[0, i], *stages[0, :, i]]), 0
        for step in range(4):
            assert values[step, i] == f(**dict(zip(names, rows)))
            if step < 3 and order[step, i] == 0:
                rows[0] = second[0, i]
            elif step < 3:
                done += 1
                rows[1:] = stages[done, :, i]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("tail", ["", PAIRS])
def test_sums_of_exchanges_are_numpys(log, tail):
    """Three outputs: one does not need c, one c alone, both not finite, not positive, or 0 at times; a block in part."""
    priors = THREE | {"b": normal(0.4, 0.5)}
    formulas = {"z": "where(a < 0.02, a / 0, a * b)", "w": "where(c < 1.3, c / 0, floor(c - 1))"}
    lines = [f'[quantities.{name}]\nunit = "1"\nformula = "{formula}"\n' for name, formula in formulas.items()]
    program = program_of("a * b + c", priors, tail + "".join(lines), quantities=("y", "z", "w"))
    plan = Plan.of(2 * 1300, 2, "random")
    pair = Pair(program, plan)
    names = [cell.input for cell in program.inputs]
    inputs_alone = Pair(program_of("a * b + c", priors, tail, quantities=names), plan)
    samples = [drawn(inputs_alone, side, 1, 0, 2)[:, :1300] for side in range(2)]
    logs = np.array([log, log, log])
    parts, counts = np.ones((4, 3, len(pair.exchanges))), np.ones((4, 3))
    members = np.array([k for inputs in pair.exchanges for k in inputs])
    first = np.cumsum([0, *map(len, pair.exchanges)])
    exchange_sums(
        *pair._sides, program.tables, program.copula, program.steps, 1, plan.length, members, first, pair.needs, logs,
        parts, counts,
    )  # fmt: skip
    of_pair = pair.sums(1, logs)
    assert np.array_equal(of_pair[0] + 1, parts) or np.allclose(of_pair[0] + 1, parts, rtol=1e-12)
    assert len(pair.exchanges) == (2 if tail else 3)

    def values(from_b):
        with np.errstate(all="ignore"):
            of = dict(zip(names, np.where(from_b[:, None], samples[1], samples[0])))
            z, w = np.where(of["a"] < 0.02, np.inf, of["a"] * of["b"]), np.floor(of["c"] - 1)
            y = np.stack([f(**of), z, np.where(of["c"] < 1.3, np.inf, w)])
            known = np.isfinite(y)
            return np.where(known, np.log(np.where(known & (y > 0), y, np.nan)) if log else y, np.nan), y

    everything = np.ones(3, bool)
    (a, raw), (b, raw_b) = values(~everything), values(everything)
    expected_counts = np.ones((4, 3))
    expected_counts[0] += np.nansum(a, axis=1)
    expected_counts[1] += np.isfinite(a).sum(axis=1)
    seen = [[raw[k], raw_b[k]] for k in range(3)]
    for j, inputs in enumerate(pair.exchanges):
        mask = np.isin(np.arange(3), inputs)
        (a_i, raw_i), (b_i, raw_j) = values(mask), values(~mask)
        for k in range(3):
            assert pair.needs[k, j] == any(program.needs[k, i] for i in inputs)
            if not pair.needs[k, j]:
                assert np.all(parts[:, k, j] == 1.0)
                continue
            seen[k] += [raw_i[k], raw_j[k]]
            p, q, r, s = a[k] - a_i[k], b[k] - b_i[k], a[k] - b[k], a_i[k] - b_i[k]
            used = np.isfinite(p * p + q * q) & np.isfinite(r * r + s * s)
            sums = [(-2 * p * q), p * p + q * q, r * r + s * s]
            np.testing.assert_allclose(parts[:3, k, j] - 1, [each[used].sum() for each in sums], rtol=1e-9, atol=1e-9)
            assert parts[3, k, j] == 1 + used.sum()
    for k in range(3):
        every = np.array(seen[k])
        expected_counts[2, k] += (~np.isfinite(every)).sum()
        expected_counts[3, k] += (np.isfinite(every) & (every <= 0)).sum() if log else 0
    np.testing.assert_allclose(counts, expected_counts, rtol=1e-12)
    assert np.all(counts[2, 1:] > 1) and (np.all(counts[3, 1:] > 1) if log else np.all(counts[3] == 1))


# Inputs that are held, and draws within draws


@pytest.mark.parametrize("tail", ["", PAIRS])
def test_an_input_is_held_at_values(tail):
    """All others keep their draws, those that it is correlated with too."""
    text = study(THREE, "a * b + 3 * c", tail=tail)
    plan = Plan.of(2 * 1400, 2, "random", seed=5)
    held = Held(build_model(text), ("y", {}), plan, threads=1, smooth=False)
    names = list(held.places)
    k = held.places["b"]
    found = held.draws([k, held.places["c"], k], [1.5, 0.0, -2.0])
    assert found.shape == (3, 2, 1400) and sorted(names) == ["a", "b", "c"]
    drawn = Sampler(program_of("a * b + c", tail=tail, quantities=("a", "b", "c")), plan).keep_all(threads=1)
    a, b, c = np.moveaxis(drawn, 1, 0)
    np.testing.assert_allclose(found, [f(a, 1.5, 3 * c), f(a, b, 0.0), f(a, -2.0, 3 * c)], rtol=1e-14)
    below = held.below([k, k], [1.5, -2.0], target=5.0)
    expected = [(f(a, value, 3 * c) < 5.0).mean(axis=1) for value in (1.5, -2.0)]
    np.testing.assert_allclose(below, np.transpose(expected), rtol=1e-12)
    assert np.array_equal(held.below([k], [1.5], 5.0, chains=1)[0], [(f(a, 1.5, 3 * c)[0, :BLOCK] < 5.0).mean()])


def test_held_draws_equal_to_the_target_count_by_half_and_those_not_finite_not():
    priors = {"a": '{ family = "discrete", values = [1, 2, 3], weights = [1, 1, 2] }', "b": uniform(1.0, 2.0)}
    held = Held(
        build_model(study(priors, "where(a > 2.5, 1 / (a - 3), a) * b / b")), ("y", {}), Plan.of(2 * 1100, 2, "random")
    )
    plain = program_of("a", priors, quantities=("a",))
    a = Sampler(plain, held.plan).keep_all(threads=1)[:, 0]
    program, below, finite = held.program, np.full(1, 7.0), np.full(1, 9.0)
    nothing = 0.0, 1.0, np.empty(0)
    arguments = held._streams, program.tables, program.copula, program.steps, 1, 1100
    count_held(*arguments, np.array([len(program.inputs) - 1]), np.array([1.5]), 2.0, 1.0, *nothing, below, finite)
    if [cell.input for cell in program.inputs][-1] == "b":
        assert finite[0] - 9 == np.sum(a[1] < 2.5)
        assert below[0] - 7 == np.sum(a[1] == 1) + np.sum(a[1] == 2) / 2
    # More than a hundredth is not finite.
    assert np.isnan(held.below([len(program.inputs) - 1], [1.5], 2.0)).all()


@pytest.mark.parametrize("target", [-0.7, 0.0, 0.4])
def test_held_draws_of_a_smooth_output_count_by_probability(target):
    """y = x (a - 0.5) + 0 b with x log-normal, known and not drawn."""
    priors = {"x": '{ family = "lognormal", meanlog = 0.3, sdlog = 0.7 }', "a": uniform(0.0, 1.0), "b": uniform(0.0, 1.0)}
    held = Held(build_model(study(priors, "x * (a - 0.5 * b)")), ("y", {}), Plan.of(2 * 600, 2, "random"), threads=1)
    assert [factor.label for factor in held.factors] == ["x"]
    a = Sampler(program_of("a", priors, quantities=("a",)), held.plan).keep_all(threads=1)[:, 0]
    found = held.below([held.places["b"]], [0.9], target)
    h = a - 0.45
    x = stats.lognorm(0.7, scale=np.exp(0.3))
    with np.errstate(all="ignore"):
        share = np.where(h > 0, x.cdf(target / h), x.sf(target / h)) if target else (h < 0) * 1.0
    np.testing.assert_allclose(found[:, 0], share.mean(axis=1), atol=2e-6)


def test_medians_of_held_draws():
    """Hazen's, with the error of the shares below; draws that are not finite are left out, a chain of these is no answer."""
    held = Held(build_model(study(THREE, "a * b + c")), ("y", {}), Plan.of(4 * 300, 4, "random"), threads=1, smooth=False)
    draws = np.random.default_rng(11).normal(2.0, 1.0, (4, 300))
    draws[1, :20], draws[2, 5] = np.nan, np.inf
    middle, error = held.median(draws)
    known = draws[np.isfinite(draws)]
    assert middle == np.quantile(known, 0.5, method="hazen")
    below = np.array([np.mean((np.sign(middle - row[np.isfinite(row)]) + 1) / 2) for row in draws])
    by = below.std(ddof=1) / 2
    ends = np.quantile(known, [0.5 - by, 0.5 + by], method="hazen")
    assert error == pytest.approx((ends[1] - ends[0]) / 2, rel=1e-12)
    finest = math.sqrt(4 / 12) / 1200
    same = np.tile(np.arange(300.0), (4, 1))
    ends = np.quantile(same, [0.5 - finest, 0.5 + finest], method="hazen")
    assert held.median(same) == pytest.approx((149.5, (ends[1] - ends[0]) / 2), rel=1e-12)
    equal = np.tile(np.repeat([1.0, 2.0, 3.0], 100), (4, 1))
    assert held.median(equal) == (2.0, 0.0)
    draws[3] = np.nan
    assert np.isnan(held.median(draws)).all()


FACTORS = {name: f'{{ family = "lognormal", meanlog = 0.3, sdlog = {sd} }}' for name, sd in (("x", 0.7), ("z", 0.5))}


def test_a_pure_factor_is_left_out():
    """y = x z (1 + a): without x what is left is z (1 + a), without both 1 + a."""
    plan = Plan.of(4 * 512, 4, "sobol")

    def held(formula, priors):
        return Held(build_model(study({**priors, "a": uniform(0.0, 1.0)}, formula)), ("y", {}), plan, threads=1)

    both = held("x * z * (1 + a)", FACTORS)
    assert {factor.label for factor in both.factors} == {"x", "z"}
    rest = both.without("x")
    law = stats.lognorm(0.5, scale=np.exp(0.3))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    p = weights / 2 @ law.cdf(1.7 / (1.5 + nodes / 2))
    assert rest.shares([1.7]).pooled == pytest.approx(p, abs=1e-4)
    assert rest.estimator == "conditioning on z"
    one = held("x * (1 + a)", {"x": FACTORS["x"]})
    assert one.without("x").quantiles([0.5]) == pytest.approx(1.5, abs=2e-3)
    narrow = held("x * z * (1 + a)", FACTORS | {"z": '{ family = "lognormal", meanlog = 0.3, sdlog = 0.001 }'})
    assert narrow.without("x") is None and narrow.without("z").estimator == "conditioning on x"
    plain = both.plain
    assert plain.factors == () and set(plain.places) == {"x", "z", "a"} and set(both.places) == {"a"}
    # The median of x h, h being what is drawn: the law of x, averaged over the draws.
    draws = both.draws([both.places["a"]], [0.5])[0]
    assert np.all(draws == 1.5)
    middle, error = one.median(np.array([[1.0, 2.0], [1.0, 3.0]]))
    x = stats.lognorm(0.7, scale=np.exp(0.3))
    below = np.array([x.cdf(middle / np.array(row)).mean() for row in ([1, 2], [1, 3])])
    assert below.mean() == pytest.approx(0.5, abs=1e-5)
    by = below.std(ddof=1) / 2**0.5
    ends = [
        optimize.brentq(lambda y, q=q: x.cdf(y / np.array([1, 2, 1, 3])).mean() - q, 0.1, 99) for q in (0.5 - by, 0.5 + by)
    ]
    assert error == pytest.approx((ends[1] - ends[0]) / 2, rel=1e-3)


def test_two_groups_are_correlated_each_for_itself():
    priors = {name: normal(0.0, 1.0) for name in "abcd"}
    tail = '[correlations]\n"a, c" = { normal = 0.6 }\n"b, d" = { normal = -0.8 }\n'
    program = program_of("a + b + c + d", priors, tail, quantities=("a", "b", "c", "d", "y"))
    plan = Plan.of(2 * 1024, 2, "random")
    z = {name: stats.norm.ppf(twin.random_uniforms(1, 1, (name,), BLOCK)) for name in "abcd"}
    expected = {"a": z["a"], "b": z["b"], "c": 0.6 * z["a"] + 0.8 * z["c"], "d": -0.8 * z["b"] + 0.6 * z["d"]}
    drawn = Sampler(program, plan).keep_all(threads=1)[1]
    _, first, _ = sides(program, plan)
    place = {cell.input: k for k, cell in enumerate(program.inputs)}
    nested = Nested(program, np.ones(4, bool), plan, plan).keep(1, 1, 0, 1)[0]
    for k, name in enumerate("abcd"):
        for found in (drawn[k], first[place[name]], nested[k]):
            np.testing.assert_allclose(found, expected[name], atol=2e-6)


@pytest.mark.parametrize("tail", ["", PAIRS])
def test_draws_within_draws(tail):
    """a is unknown, b and c vary: each outer draw of a has the whole population, of one block and a part."""
    names = ("y", "a", "b", "c")
    program = program_of("a * b + c", tail=tail, quantities=names)
    varies = np.array([cell.input != "a" for cell in program.inputs])
    outer, inner = Plan.of(2 * 1030, 2, "random"), Plan.of(2 * 1100, 2, "random")
    found = Nested(program, varies, outer, inner).keep(1, 0, 1020, 1028)
    assert found.shape == (8, 4, 1100)
    u = {name: twin.random_uniforms(1, 0, (name,), 1100) for name in "bc"}
    of_a = twin.random_uniforms(1, 1, ("a",), 1028)[1020:]
    for j in range(8):
        a = np.full(1100, of_a[j])
        z = stats.norm.ppf(u["b"])
        b = 2 + 0.5 * (0.6 * stats.norm.ppf(of_a[j]) + 0.8 * z if tail else z)
        c = stats.triang(1 / 3, 1, 3).ppf(u["c"])
        np.testing.assert_allclose(found[j], [f(a, b, c), a, b, c], rtol=3e-7, atol=1e-7)
    unknown = Nested(program, varies, outer, inner).unknown
    place = [cell.input for cell in program.inputs].index("a")
    assert unknown[names.index("y"), place] and unknown[names.index("b"), place] == bool(tail)
    assert math.isclose(unknown.sum(), 3 if tail else 2)
