#include "pw_common.h"

// Blocks of k and of rows: 120 × 800 floats of a and a strip of b stay in the second-level cache. 120 is a
// multiple of every tile's rows.
#define PW_DEPTH 800
#define PW_HEIGHT 120

// `count` cut into as many parts as `most` needs, each a multiple of `unit`, about equal.
static inline ptrdiff_t pw_share(ptrdiff_t count, ptrdiff_t most, ptrdiff_t unit) {
  ptrdiff_t parts = (count + most - 1) / most;
  if (parts <= 1) return most;
  return ((count + parts - 1) / parts + unit - 1) / unit * unit;
}

// Register tiles: 6 × 64 floats in 24 of 32 registers with AVX-512, 6 × 16 in 12 of 16 with AVX2.
#if defined(__x86_64__)
#define PW_GEMM gemm_512
#define PW_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define PW_WIDTH 16
#define PW_ROWS 6
#define PW_VECTORS 4
#include "gemm_tile.h"

#define PW_GEMM gemm_256
#define PW_TARGET __attribute__((target("avx2,fma")))
#define PW_WIDTH 8
#define PW_ROWS 6
#define PW_VECTORS 2
#include "gemm_tile.h"
#endif

#define PW_GEMM gemm_128
#define PW_TARGET
#define PW_WIDTH 4
#define PW_ROWS 4
#define PW_VECTORS 2
#include "gemm_tile.h"

static void gemm(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t ldb, ptrdiff_t panel, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
#if defined(__x86_64__)
  int width = pw_vector_width();
  if (width == 16) return gemm_512(c, ldc, a, a_row, a_column, b, ldb, panel, m, n, k, accumulate);
  if (width == 8) return gemm_256(c, ldc, a, a_row, a_column, b, ldb, panel, m, n, k, accumulate);
#endif
  gemm_128(c, ldc, a, a_row, a_column, b, ldb, panel, m, n, k, accumulate);
}

void pw_gemm(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t ldb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
  gemm(c, ldc, a, a_row, a_column, b, ldb, PW_PANEL, m, n, k, accumulate);
}

void pw_gemm_packed(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
  gemm(c, ldc, a, a_row, a_column, b, PW_PANEL, k * PW_PANEL, m, n, k, accumulate);
}

PW_KERNEL void pw_gemm_narrow(
    float *restrict y, ptrdiff_t ldy, const float *restrict x, ptrdiff_t ldx,
    const float *restrict w, ptrdiff_t ldw, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
#pragma clang fp contract(fast)
  enum { lanes = 64 };
  for (ptrdiff_t i = 0; i < m; i++)
    for (ptrdiff_t j = 0; j < n; j++) {
      const float *left = x + i * ldx, *right = w + j * ldw;
      float lane[lanes] = {0};
      ptrdiff_t q = 0;
      for (; q + lanes <= k; q += lanes)
        for (int s = 0; s < lanes; s++) lane[s] += left[q + s] * right[q + s];
      for (int s = 0; q + s < k; s++) lane[s] += left[q + s] * right[q + s];
      for (int half = lanes / 2; half > 0; half /= 2)
        for (int s = 0; s < half; s++) lane[s] += lane[s + half];
      y[i * ldy + j] = lane[0];
    }
}

typedef float pw_row16 __attribute__((vector_size(64), aligned(4)));

// t[j, i] = x[i, j] for 16 × 16: four times, rows i and i + 8 are interleaved into rows 2i and 2i + 1.
#define PW_INTERLEAVE(TO, FROM)                                                                       \
  for (int i = 0; i < 8; i++) {                                                                       \
    TO[2 * i] = __builtin_shufflevector(                                                              \
        FROM[i], FROM[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);                \
    TO[2 * i + 1] = __builtin_shufflevector(                                                          \
        FROM[i], FROM[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);          \
  }

PW_INLINE void pw_transpose_block(
    float *restrict t, ptrdiff_t ldt, const float *restrict x, ptrdiff_t ldx) {
  pw_row16 u[16], v[16];
  for (int i = 0; i < 16; i++) u[i] = *(const pw_row16 *)(x + i * ldx);
  PW_INTERLEAVE(v, u)
  PW_INTERLEAVE(u, v)
  PW_INTERLEAVE(v, u)
  PW_INTERLEAVE(u, v)
  for (int i = 0; i < 16; i++) *(pw_row16 *)(t + i * ldt) = u[i];
}

PW_KERNEL void pw_transpose(
    float *restrict t, ptrdiff_t ldt, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows,
    ptrdiff_t columns) {
  enum { block = 16 };
  for (ptrdiff_t r = 0; r < rows; r += block)
    for (ptrdiff_t c = 0; c < columns; c += block) {
      ptrdiff_t height = rows - r < block ? rows - r : block;
      ptrdiff_t width = columns - c < block ? columns - c : block;
      if (height == block && width == block) {
        pw_transpose_block(t + c * ldt + r, ldt, x + r * ldx + c, ldx);
        continue;
      }
      for (ptrdiff_t j = 0; j < width; j++)
        for (ptrdiff_t i = 0; i < height; i++) t[(c + j) * ldt + r + i] = x[(r + i) * ldx + c + j];
    }
}

PW_KERNEL void pw_pack_turned(
    float *restrict t, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t columns) {
  enum { block = 16 };
  for (ptrdiff_t p = 0; p < rows; p += PW_PANEL) {
    float *panel = t + p * columns;
    ptrdiff_t here = rows - p < PW_PANEL ? rows - p : PW_PANEL;
    for (ptrdiff_t c = 0; c < columns; c += block) {
      ptrdiff_t width = columns - c < block ? columns - c : block;
      for (ptrdiff_t r = 0; r < here; r += block) {
        ptrdiff_t height = here - r < block ? here - r : block;
        float *to = panel + c * PW_PANEL + r;
        const float *from = x + (p + r) * ldx + c;
        if (height == block && width == block) {
          pw_transpose_block(to, PW_PANEL, from, ldx);
          continue;
        }
        for (ptrdiff_t j = 0; j < width; j++)
          for (ptrdiff_t i = 0; i < height; i++) to[j * PW_PANEL + i] = from[i * ldx + j];
      }
    }
  }
}
