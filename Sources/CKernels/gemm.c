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

typedef float pw_row16 __attribute__((vector_size(64), aligned(4)));

// The 16 numbers at x, zeros behind the first `count`.
PW_INLINE void pw_load_16(pw_row16 *v, const float *x, ptrdiff_t count) {
  if (count >= 16) {
    *v = *(const pw_row16 *)x;
    return;
  }
  float padded[16];
#pragma clang loop vectorize(enable) unroll(disable)
  for (int s = 0; s < 16; s++) padded[s] = s < count ? x[s] : 0.0f;
  *v = *(const pw_row16 *)padded;
}

// The sums of 16 vectors by halves, lane s to lane s + half. What each step leaves of two vectors shares one.
PW_INLINE void pw_fold_16(float *out, pw_row16 *v) {
  for (int i = 0; i < 8; i++)
    v[i] = __builtin_shufflevector(
               v[i], v[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
           + __builtin_shufflevector(
               v[i], v[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  for (int i = 0; i < 4; i++)
    v[i] = __builtin_shufflevector(
               v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
           + __builtin_shufflevector(
               v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  for (int i = 0; i < 2; i++)
    v[i] = __builtin_shufflevector(
               v[i], v[i + 2], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
           + __builtin_shufflevector(
               v[i], v[i + 2], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
  pw_row16 sums = __builtin_shufflevector(
                      v[0], v[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
                  + __builtin_shufflevector(
                      v[0], v[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  // Vector i stands where i's bits turned around say.
  *(pw_row16 *)out =
      __builtin_shufflevector(sums, sums, 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15);
}

// 64 lanes of the products of x with `count` rows of w, folded to 16 each.
PW_INLINE void pw_products(
    const int count, pw_row16 *out, const float *x, const float *w, ptrdiff_t ldw, ptrdiff_t k) {
#pragma clang fp contract(fast)
  pw_row16 sum[4][4] = {{{0}}};
  ptrdiff_t q = 0;
  for (; q + 64 <= k; q += 64)
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
      pw_row16 left = *(const pw_row16 *)(x + q + 16 * v);
#pragma clang loop unroll(full)
      for (int j = 0; j < count; j++)
        sum[j][v] += left * *(const pw_row16 *)(w + j * ldw + q + 16 * v);
    }
#pragma clang loop unroll(full)
  for (int v = 0; v < 4; v++, q += 16)
    if (q < k) {
      pw_row16 left, right;
      pw_load_16(&left, x + q, k - q);
#pragma clang loop unroll(full)
      for (int j = 0; j < count; j++) {
        pw_load_16(&right, w + j * ldw + q, k - q);
        sum[j][v] += left * right;
      }
    }
#pragma clang loop unroll(full)
  for (int j = 0; j < count; j++) out[j] = (sum[j][0] + sum[j][2]) + (sum[j][1] + sum[j][3]);
}

// Dot products in the order of y, up to `wide` columns at a time, which share what is read of x; 16 are summed up
// together.
PW_INLINE void pw_narrow(
    const int wide, float *restrict y, ptrdiff_t ldy, const float *restrict x, ptrdiff_t ldx,
    const float *restrict w, ptrdiff_t ldw, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  pw_row16 part[16 + 4];
  float done[16];
  ptrdiff_t row = 0, column = 0;
  int waiting = 0;
  for (ptrdiff_t i = 0; i < m; i++)
    for (ptrdiff_t j = 0; j < n;) {
      const float *left = x + i * ldx, *right = w + j * ldw;
      if (wide >= 4 && n - j >= 4) {
        pw_products(4, part + waiting, left, right, ldw, k);
        waiting += 4, j += 4;
      } else {
        pw_products(1, part + waiting, left, right, ldw, k);
        waiting += 1, j += 1;
      }
      int isLast = i == m - 1 && j == n;
      while (waiting >= 16 || (isLast && waiting > 0)) {
        int count = waiting < 16 ? waiting : 16;
        pw_row16 next[4];
        memcpy(next, part + 16, sizeof next);
        pw_fold_16(done, part);
        memcpy(part, next, sizeof next);
        for (int e = 0; e < count; e++) {
          y[row * ldy + column] = done[e];
          if (++column == n) row++, column = 0;
        }
        waiting -= count;
      }
    }
}

#if defined(__x86_64__)
static __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))) void narrow_512(
    float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, ptrdiff_t m,
    ptrdiff_t n, ptrdiff_t k) {
  pw_narrow(4, y, ldy, x, ldx, w, ldw, m, n, k);
}

static __attribute__((target("avx2,fma"))) void narrow_256(
    float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, ptrdiff_t m,
    ptrdiff_t n, ptrdiff_t k) {
  pw_narrow(1, y, ldy, x, ldx, w, ldw, m, n, k);
}
#endif

void pw_gemm_narrow(
    float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, ptrdiff_t m,
    ptrdiff_t n, ptrdiff_t k) {
#if defined(__x86_64__)
  int width = pw_vector_width();
  if (width == 16) return narrow_512(y, ldy, x, ldx, w, ldw, m, n, k);
  if (width == 8) return narrow_256(y, ldy, x, ldx, w, ldw, m, n, k);
#endif
  pw_narrow(1, y, ldy, x, ldx, w, ldw, m, n, k);
}

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
