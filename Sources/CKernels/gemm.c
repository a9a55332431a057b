#include "pw_common.h"

// Blocks of k and of rows: 240 × 384 floats of a and a strip of b stay in the second-level cache. 240 is a
// multiple of every tile's rows.
#define PW_DEPTH 384
#define PW_HEIGHT 240

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

void pw_gemm(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t ldb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
#if defined(__x86_64__)
  int width = pw_vector_width();
  if (width == 16) return gemm_512(c, ldc, a, a_row, a_column, b, ldb, m, n, k, accumulate);
  if (width == 8) return gemm_256(c, ldc, a, a_row, a_column, b, ldb, m, n, k, accumulate);
#endif
  gemm_128(c, ldc, a, a_row, a_column, b, ldb, m, n, k, accumulate);
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

PW_KERNEL void pw_transpose(
    float *restrict t, ptrdiff_t ldt, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows,
    ptrdiff_t columns) {
  enum { block = 16 };
  for (ptrdiff_t r = 0; r < rows; r += block)
    for (ptrdiff_t c = 0; c < columns; c += block) {
      ptrdiff_t height = rows - r < block ? rows - r : block;
      ptrdiff_t width = columns - c < block ? columns - c : block;
      for (ptrdiff_t j = 0; j < width; j++)
        for (ptrdiff_t i = 0; i < height; i++) t[(c + j) * ldt + r + i] = x[(r + i) * ldx + c + j];
    }
}
