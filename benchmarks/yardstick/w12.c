/* W12 in C, as a yardstick for mcarbon's block machine: see yardstick.py, which compiles this and checks its draws.

   Two kernels with the same generators and the same block of 1024 draws. `same_work` goes through the same quantile tables
   into a row an input, then runs the formulas in one loop. `direct` goes through closed forms where an input has one (a
   normal by Box and Muller, exp, square roots) and does not keep the rows: an idea of the limit. Both write the three
   outputs of a block into rows and add these up, so that nothing is optimised away. No statistics. */

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define BLOCK 1024
#define HALF (BLOCK / 2)
#define SIDE 1024
#define INPUTS 12
enum { SOBOL, RANDOM };

typedef struct {
    int64_t method;
    const uint64_t *keys;       /* (inputs,) of the chain */
    const uint32_t *directions; /* (inputs, 32), bits reversed */
    const uint32_t *low;        /* (inputs, BLOCK), bits reversed */
    const double *cubics;       /* (inputs, 2 * SIDE, 4) */
    const int32_t *first_piece; /* (inputs, 2 * SIDE) */
    const double *pieces;       /* (n, 7) */
    const uint8_t *has_pieces;  /* (inputs,) */
    const double *support;      /* (inputs, 2) */
} Work;

typedef double Row[BLOCK] __attribute__((aligned(64)));
typedef double f8 __attribute__((vector_size(64), aligned(8)));
typedef double f4 __attribute__((vector_size(32), aligned(8)));
typedef int64_t i8 __attribute__((vector_size(64), aligned(8)));

static inline f8 chosen(i8 where, f8 a, f8 b) { return (f8)((where & (i8)a) | (~where & (i8)b)); }

/* ---- generators ---- */

#if defined(__AVX512F__)
#define LANES 8
typedef __m512i Words;
#define MULTIPLY _mm512_mul_epu32
#elif defined(__AVX2__)
#define LANES 4
typedef __m256i Words;
#define MULTIPLY _mm256_mul_epu32
#else
#define LANES 2
typedef uint64_t Words __attribute__((vector_size(16)));
static inline Words MULTIPLY(Words a, Words b) { return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF); }
#endif
typedef uint64_t Lanes __attribute__((vector_size(8 * LANES)));

static inline Lanes all(uint64_t word) { return word - (Lanes){0}; }

static void philox_block(uint64_t key, uint64_t chain, uint64_t block, double *u) {
    Lanes number;
    for (int j = 0; j < LANES; j++) number[j] = block * HALF + j;
    for (int i = 0; i < HALF; i += LANES, number += LANES) {
        Lanes c0 = number & 0xFFFFFFFF, c1 = number >> 32, c2 = all(chain), c3 = all(0);
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma GCC unroll 10
        for (int round = 0; round < 10; round++) {
            Lanes p0 = (Lanes)MULTIPLY((Words)c0, (Words)all(0xD2511F53));
            Lanes p1 = (Lanes)MULTIPLY((Words)c2, (Words)all(0xCD9E8D57));
            c0 = (p1 >> 32) ^ c1 ^ all(k0);
            c2 = (p0 >> 32) ^ c3 ^ all(k1);
            c1 = p1 & 0xFFFFFFFF;
            c3 = p0 & 0xFFFFFFFF;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        Lanes one = all(0x3FF0000000000000);
        Lanes a = (c0 << 20) | (c1 >> 12) | one, b = (c2 << 20) | (c3 >> 12) | one;
        typedef double Floats __attribute__((vector_size(8 * LANES)));
        Floats x = (Floats)a - (1.0 - 0x1p-53), y = (Floats)b - (1.0 - 0x1p-53);
        memcpy(u + i, &x, sizeof x);
        memcpy(u + i + HALF, &y, sizeof y);
    }
}

static inline uint32_t reversed(uint32_t x) {
    x = ((x >> 1) & 0x55555555) | ((x & 0x55555555) << 1);
    x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
    x = ((x >> 4) & 0x0F0F0F0F) | ((x & 0x0F0F0F0F) << 4);
    x = ((x >> 8) & 0x00FF00FF) | ((x & 0x00FF00FF) << 8);
    return (x >> 16) | (x << 16);
}

static void sobol_block(const uint32_t *restrict low, const uint32_t *directions, uint32_t scramble, uint64_t block,
                        double *restrict u) {
    uint64_t index = block * BLOCK, gray = index ^ (index >> 1);
    uint32_t high = 0, odd = (scramble >> 16) | 1;
    for (int bit = 0; bit < 32; bit++)
        if ((gray >> bit) & 1) high ^= directions[bit];
    for (int i = 0; i < BLOCK; i++) {
        uint32_t x = low[i] ^ high;
        x ^= x * 0x3D20ADEAu;
        x += scramble;
        x *= odd;
        x ^= x * 0x05526C56u;
        x ^= x * 0x53A22864u;
        u[i] = ((double)(int64_t)reversed(x) + 0.5) * 0x1p-32;
    }
}

void uniform_block(const Work *w, int k, uint64_t chain, uint64_t block, double *u) {
    if (w->method == SOBOL)
        sobol_block(w->low + k * BLOCK, w->directions + k * 32, (uint32_t)w->keys[k], block, u);
    else
        philox_block(w->keys[k], chain, block, u);
}

/* ---- quantile tables ---- */

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double tail_of(double u) {
    double v = u < 1.0 - u ? u : 1.0 - u;
    return v > 0x1p-33 ? v : 0x1p-33;
}

static void look_up(const Work *w, int k, const double *restrict u, double *restrict x) {
    const double *cubics = w->cubics + (int64_t)k * 2 * SIDE * 4;
    const f8 low = w->support[2 * k] - (f8){0}, high = w->support[2 * k + 1] - (f8){0};
    uint64_t cells[BLOCK] __attribute__((aligned(64)));
    for (int i = 0; i < BLOCK; i++) {
        uint64_t bits = bits_of(tail_of(u[i]));
        uint64_t place = ((bits & 0x7FFFFFFFFFFF) << 5) | 0x3FF0000000000000;
        cells[i] = (bits >> 47) - ((uint64_t)(1023 - 33) << 5) + (u[i] > 0.5 ? SIDE : 0);
        memcpy(x + i, &place, sizeof place);
    }
    for (int i = 0; i < BLOCK; i += 8) {
        f4 r[8];
        for (int j = 0; j < 8; j++) r[j] = *(const f4 *)(cubics + 4 * cells[i + j]);
        f8 a = __builtin_shufflevector(r[0], r[2], 0, 1, 2, 3, 4, 5, 6, 7);
        f8 b = __builtin_shufflevector(r[1], r[3], 0, 1, 2, 3, 4, 5, 6, 7);
        f8 c = __builtin_shufflevector(r[4], r[6], 0, 1, 2, 3, 4, 5, 6, 7);
        f8 d = __builtin_shufflevector(r[5], r[7], 0, 1, 2, 3, 4, 5, 6, 7);
        f8 ab = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14), cd = __builtin_shufflevector(c, d, 0, 8, 2, 10, 4, 12, 6, 14);
        f8 c0 = __builtin_shufflevector(ab, cd, 0, 1, 4, 5, 8, 9, 12, 13), c2 = __builtin_shufflevector(ab, cd, 2, 3, 6, 7, 10, 11, 14, 15);
        ab = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15), cd = __builtin_shufflevector(c, d, 1, 9, 3, 11, 5, 13, 7, 15);
        f8 c1 = __builtin_shufflevector(ab, cd, 0, 1, 4, 5, 8, 9, 12, 13), c3 = __builtin_shufflevector(ab, cd, 2, 3, 6, 7, 10, 11, 14, 15);
        f8 s = *(const f8 *)(x + i) - 1.0;
        f8 y = c0 + s * (c1 + s * (c2 + s * c3));
        y = chosen(y > low, y, low);
        y = chosen(y < high, y, high);
        *(f8 *)(x + i) = y;
    }
    if (w->has_pieces[k]) {
        const int32_t *first = w->first_piece + k * 2 * SIDE;
        for (int i = 0; i < BLOCK; i++) {
            int32_t piece = first[cells[i]];
            if (piece < 0) continue;
            const double *p = w->pieces + 7 * (int64_t)piece;
            double v = tail_of(u[i]);
            while (v >= p[1]) p += 7;
            double s = (v - p[0]) * p[2];
            double y = p[3] + s * (p[4] + s * (p[5] + s * p[6]));
            x[i] = fmin(fmax(y, w->support[2 * k]), w->support[2 * k + 1]);
        }
    }
}

/* ---- W12 ---- */

enum { WORDS, TOKENS, SECONDS, POWER, UTILIZATION, GPUS, PUE, GRID, TRAINING, SPEED, FOOTPRINT, DEVICE };

static void formulas(Row *restrict in, Row *restrict out) {
    for (int i = 0; i < BLOCK; i++) {
        double kwh = in[WORDS][i] * in[TOKENS][i] * in[SECONDS][i] * in[GPUS][i] * in[POWER][i] * in[UTILIZATION][i] * in[PUE][i] / 3.6e6;
        double ai = kwh * in[GRID][i] + in[TRAINING][i];
        double hours = in[WORDS][i] / in[SPEED][i];
        double human = hours * (in[FOOTPRINT][i] * (1000.0 / 8760.0) + in[DEVICE][i] * in[GRID][i] * 1e-3);
        out[0][i] = ai / human;
        out[1][i] = ai;
        out[2][i] = human;
    }
}

static void add_up(Row *out, double *restrict sums, double *restrict draws, int64_t n, int64_t start) {
    for (int k = 0; k < 3; k++) {
        f8 part = {0};
        for (int i = 0; i < BLOCK; i += 8) part += *(const f8 *)(out[k] + i);
        for (int j = 0; j < 8; j++) sums[k] += part[j];
        if (draws) memcpy(draws + k * n + start, out[k], sizeof(Row));
    }
}

/* Draw blocks [first, last) of a chain; add the outputs up in `sums` (3,) and keep them in `draws` (3, n) if that is given. */
void same_work(const Work *w, uint64_t chain, int64_t first, int64_t last, double *sums, double *draws) {
    static __thread Row in[INPUTS], out[3], u;
    for (int64_t block = first; block < last; block++) {
        for (int k = 0; k < INPUTS; k++) {
            uniform_block(w, k, chain, block, u);
            look_up(w, k, u, in[k]);
        }
        formulas(in, out);
        add_up(out, sums, draws, (last - first) * BLOCK, (block - first) * BLOCK);
    }
}

/* Same generators, closed forms. Two normals come of two uniforms (Box and Muller), so draws differ from the tables'; the
   two betas have no closed form and go through the tables. */
static void normals(double *restrict radius, double *restrict turn, double *restrict x, double *restrict y) {
    for (int i = 0; i < BLOCK; i++) radius[i] = sqrt(-2.0 * log(radius[i]));
    /* Two loops: of a sine and a cosine at once GCC makes a call that it does not vectorise. */
    for (int i = 0; i < BLOCK; i++) x[i] = radius[i] * cos(6.283185307179586 * turn[i]);
    for (int i = 0; i < BLOCK; i++) y[i] = radius[i] * cos(6.283185307179586 * turn[i] - 1.5707963267948966);
}

static void lognormal(double *x, double low, double high) {
    double mean = 0.5 * (log(low) + log(high)), sd = (log(high) - log(low)) / (2 * 1.6448536269514722);
    for (int i = 0; i < BLOCK; i++) x[i] = exp(mean + sd * x[i]);
}

static void triangular(double *x, double low, double mode, double high) {
    double share = (mode - low) / (high - low);
    for (int i = 0; i < BLOCK; i++) {
        double up = low + sqrt(x[i] * (high - low) * (mode - low)), down = high - sqrt((1.0 - x[i]) * (high - low) * (high - mode));
        x[i] = x[i] < share ? up : down;
    }
}

void direct(const Work *w, uint64_t chain, int64_t first, int64_t last, double *sums, double *draws) {
    static __thread Row in[INPUTS], out[3], u, v, unused;
    for (int64_t block = first; block < last; block++) {
        const int pairs[4][2] = {{WORDS, TOKENS}, {SECONDS, GRID}, {TRAINING, SPEED}, {FOOTPRINT, FOOTPRINT}};
        for (int p = 0; p < 4; p++) {
            uniform_block(w, pairs[p][0], chain, block, u);
            uniform_block(w, pairs[p][1], chain, block + (p == 3 ? 1 << 20 : 0), v);
            normals(u, v, in[pairs[p][0]], p == 3 ? unused : in[pairs[p][1]]);
        }
        lognormal(in[WORDS], 200, 350);
        lognormal(in[SECONDS], 0.01, 0.1);
        lognormal(in[GRID], 50, 600);
        lognormal(in[TRAINING], 0.05, 2.5);
        lognormal(in[SPEED], 200, 1200);
        /* Beyond 1 and 2, four standard deviations away, the truncated normal is not cut here: nothing would show. */
        for (int i = 0; i < BLOCK; i++) in[TOKENS][i] = 1.33 + 0.08 * in[TOKENS][i];
        for (int i = 0; i < BLOCK; i++) in[FOOTPRINT][i] = 15000 + 1500 * in[FOOTPRINT][i];
        uniform_block(w, GPUS, chain, block, in[GPUS]);
        for (int i = 0; i < BLOCK; i++) in[GPUS][i] = 0.1 + 1.9 * in[GPUS][i];
        uniform_block(w, PUE, chain, block, in[PUE]);
        triangular(in[PUE], 1.05, 1.12, 1.6);
        uniform_block(w, DEVICE, chain, block, in[DEVICE]);
        triangular(in[DEVICE], 20, 60, 250);
        for (int k = POWER; k <= UTILIZATION; k++) {
            uniform_block(w, k, chain, block, u);
            look_up(w, k, u, in[k]);
        }
        formulas(in, out);
        add_up(out, sums, draws, (last - first) * BLOCK, (block - first) * BLOCK);
    }
}
