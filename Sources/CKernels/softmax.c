#include "pw_common.h"

// Σ_j e^(x_j − shift) in fixed lane order; also writes the terms to y unless y is null.
PW_INLINE float pw_row_exp_sum(float *y, const float *x, float shift, ptrdiff_t n) {
  float lane[PW_LANES] = {0};
  ptrdiff_t j = 0;
  for (; j + PW_LANES <= n; j += PW_LANES)
    for (int k = 0; k < PW_LANES; k++) {
      float e = pw_exp_f(x[j + k] - shift);
      if (y) y[j + k] = e;
      lane[k] += e;
    }
  for (int k = 0; j + k < n; k++) {
    float e = pw_exp_f(x[j + k] - shift);
    if (y) y[j + k] = e;
    lane[k] += e;
  }
  double sum = 0;
  for (int k = 0; k < PW_LANES; k++) sum += lane[k];
  return (float)sum;
}

// Rows of less than PW_LANES numbers are taken PW_LANES at a time, one a lane: a row alone would leave its lanes idle
// and wait for each of its sums. In column j of `block` stands number j of each row.
typedef struct {
  float column[PW_LANES][PW_LANES];
} pw_rows_block;

// Lanes behind the last row repeat it.
PW_INLINE void pw_load_rows(pw_rows_block *block, const float *x, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t j = 0; j < n; j++)
    for (int k = 0; k < PW_LANES; k++) block->column[j][k] = x[(k < rows ? k : rows - 1) * n + j];
}

PW_INLINE void pw_store_rows(float *y, const pw_rows_block *block, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t k = 0; k < rows && k < PW_LANES; k++)
    for (ptrdiff_t j = 0; j < n; j++) y[k * n + j] = block->column[j][k];
}

// Loads rows to `block`. The largest of each, and Σ_j e^(x_j − largest), in the order of a long row; the terms stay in
// `terms`, which may be the block.
PW_INLINE void pw_block_exp_sums(
    pw_rows_block *block, pw_rows_block *terms, float top[PW_LANES], float sums[PW_LANES],
    const float *x, ptrdiff_t rows, ptrdiff_t n) {
  pw_load_rows(block, x, rows, n);
  int nan[PW_LANES] = {0};
  double sum[PW_LANES] = {0};
  for (int k = 0; k < PW_LANES; k++) top[k] = -INFINITY;
  for (ptrdiff_t j = 0; j < n; j++)
    for (int k = 0; k < PW_LANES; k++) {
      float v = block->column[j][k];
      nan[k] |= v != v;
      top[k] = v > top[k] ? v : top[k];
    }
  for (int k = 0; k < PW_LANES; k++) top[k] = nan[k] ? NAN : top[k];
  for (ptrdiff_t j = 0; j < n; j++)
    for (int k = 0; k < PW_LANES; k++) {
      float e = pw_exp_f(block->column[j][k] - top[k]);
      terms->column[j][k] = e;
      sum[k] += e;
    }
  for (int k = 0; k < PW_LANES; k++) sums[k] = (float)sum[k];
}

PW_KERNEL void pw_softmax_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  ptrdiff_t r = 0;
  for (; n < PW_LANES && r < rows; r += PW_LANES) {
    pw_rows_block block;
    float top[PW_LANES], sum[PW_LANES];
    pw_block_exp_sums(&block, &block, top, sum, x + r * n, rows - r, n);
    for (int k = 0; k < PW_LANES; k++) sum[k] = 1.0f / sum[k];
    for (ptrdiff_t j = 0; j < n; j++)
      for (int k = 0; k < PW_LANES; k++) block.column[j][k] *= sum[k];
    pw_store_rows(y + r * n, &block, rows - r, n);
  }
  for (; r < rows; r++) {
    const float *in = x + r * n;
    float *out = y + r * n;
    float scale = 1.0f / pw_row_exp_sum(out, in, pw_row_max(in, n), n);
    for (ptrdiff_t j = 0; j < n; j++) out[j] *= scale;
  }
}

PW_KERNEL void pw_log_softmax_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  ptrdiff_t r = 0;
  for (; n < PW_LANES && r < rows; r += PW_LANES) {
    pw_rows_block block, terms;
    float top[PW_LANES], sum[PW_LANES];
    pw_block_exp_sums(&block, &terms, top, sum, x + r * n, rows - r, n);
    for (int k = 0; k < PW_LANES; k++) sum[k] = pw_log_f(sum[k]);
    for (ptrdiff_t j = 0; j < n; j++)
      for (int k = 0; k < PW_LANES; k++)
        block.column[j][k] = (block.column[j][k] - top[k]) - sum[k];
    pw_store_rows(y + r * n, &block, rows - r, n);
  }
  for (; r < rows; r++) {
    const float *in = x + r * n;
    float *out = y + r * n;
    float top = pw_row_max(in, n);
    float log_sum = logf(pw_row_exp_sum(NULL, in, top, n));
    for (ptrdiff_t j = 0; j < n; j++) out[j] = (in[j] - top) - log_sum;
  }
}

PW_KERNEL void pw_log_sum_exp_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  ptrdiff_t r = 0;
  for (; n < PW_LANES && r < rows; r += PW_LANES) {
    pw_rows_block block;
    float top[PW_LANES], sum[PW_LANES];
    pw_block_exp_sums(&block, &block, top, sum, x + r * n, rows - r, n);
    for (int k = 0; k < PW_LANES; k++)
      sum[k] = fabsf(top[k]) == INFINITY ? top[k] : top[k] + pw_log_f(sum[k]);
    for (ptrdiff_t k = 0; k < PW_LANES && r + k < rows; k++) y[r + k] = sum[k];
  }
  for (; r < rows; r++) {
    const float *in = x + r * n;
    float top = pw_row_max(in, n);
    y[r] = fabsf(top) == INFINITY ? top : top + logf(pw_row_exp_sum(NULL, in, top, n));
  }
}

PW_KERNEL void pw_softmax_rows_vjp(
    float *restrict dx, const float *restrict y, const float *restrict dy, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *p = y + r * n, *d = dy + r * n;
    double dot = 0;
    for (ptrdiff_t j = 0; j < n; j++) dot += (double)p[j] * d[j];
    float centre = (float)dot;
    for (ptrdiff_t j = 0; j < n; j++) dx[r * n + j] = p[j] * (d[j] - centre);
  }
}

PW_KERNEL void pw_log_softmax_rows_vjp(
    float *restrict dx, const float *restrict y, const float *restrict dy, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *logp = y + r * n, *d = dy + r * n;
    double total = 0;
    for (ptrdiff_t j = 0; j < n; j++) total += d[j];
    float sum = (float)total;
    for (ptrdiff_t j = 0; j < n; j++) dx[r * n + j] = d[j] - pw_exp_f(logp[j]) * sum;
  }
}

PW_KERNEL void pw_log_sum_exp_rows_vjp(
    float *restrict dx, const float *restrict x, const float *restrict y, const float *restrict dy,
    ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float top = y[r], d = dy[r];
    for (ptrdiff_t j = 0; j < n; j++)
      dx[r * n + j] = top == -INFINITY ? 0.0f : d * pw_exp_f(x[r * n + j] - top);
  }
}
