#include "pw_common.h"

// How many of the n scores of row r count: those of keys up to the query's own position.
PW_INLINE ptrdiff_t pw_valid(ptrdiff_t r, ptrdiff_t n, ptrdiff_t first, ptrdiff_t step) {
  ptrdiff_t count = first + r * step;
  return count < n ? count : n;
}

PW_KERNEL void pw_attention_rows(
    float *restrict s, ptrdiff_t lds, float *restrict inverse, float *restrict log_sum,
    ptrdiff_t log_sum_step, float scale, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t first, ptrdiff_t step) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = s + r * lds;
    ptrdiff_t valid = pw_valid(r, n, first, step), j;
    float top = pw_row_max(row, valid) * scale;
    float lane[PW_LANES] = {0};
    ptrdiff_t whole = (valid + PW_LANES - 1) / PW_LANES * PW_LANES;
    // Rows have room for whole blocks: e^−∞ beyond the last score.
    for (j = valid; j < whole; j++) row[j] = -INFINITY;
    for (j = 0; j < whole; j += PW_LANES)
      for (int k = 0; k < PW_LANES; k++) {
        float e = pw_exp_f(row[j + k] * scale - top);
        row[j + k] = e;
        lane[k] += e;
      }
    for (j = whole; j < n; j++) row[j] = 0;
    inverse[r] = pw_fold_floats(lane);
    log_sum[r * log_sum_step] = top;
  }
  for (ptrdiff_t r = 0; r < rows; r++) {
    log_sum[r * log_sum_step] += pw_log_f(inverse[r]);
    inverse[r] = 1.0f / inverse[r];
  }
}

PW_KERNEL void pw_attention_rows_vjp(
    float *restrict s, float *restrict d, ptrdiff_t ld, const float *restrict log_sum,
    ptrdiff_t log_sum_step, float scale, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t first, ptrdiff_t step) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *p = s + r * ld, *slope = d + r * ld;
    ptrdiff_t valid = pw_valid(r, n, first, step), whole = (valid + PW_LANES - 1) / PW_LANES * PW_LANES;
    float shift = log_sum[r * log_sum_step];
    // Rows have room for whole blocks: e^−∞ beyond the last score.
    for (ptrdiff_t j = valid; j < whole; j++) {
      p[j] = -INFINITY;
      slope[j] = 0;
    }
    float lane[PW_LANES] = {0};
    for (ptrdiff_t j = 0; j < whole; j += PW_LANES)
      for (int k = 0; k < PW_LANES; k++) {
        float e = pw_exp_f(p[j + k] * scale - shift);
        p[j + k] = e;
        lane[k] += e * slope[j + k];
      }
    float centre = pw_fold_floats(lane);
    for (ptrdiff_t j = 0; j < whole; j++) slope[j] = scale * p[j] * (slope[j] - centre);
    for (ptrdiff_t j = whole; j < n; j++) p[j] = slope[j] = 0;
  }
}

PW_KERNEL void pw_scale_rows(float *y, ptrdiff_t ldy, const float *factor, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++) y[r * ldy + j] *= factor[r];
}

PW_KERNEL void pw_rotary(
    float *restrict y, const float *restrict x, const float *restrict cosine, const float *restrict sine,
    const int32_t *restrict entry, ptrdiff_t rows, ptrdiff_t n, ptrdiff_t heads, ptrdiff_t half,
    float direction) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *c = cosine + entry[r] * half, *s = sine + entry[r] * half;
    for (ptrdiff_t h = 0; h < heads; h++) {
      const float *in = x + r * n + 2 * h * half;
      float *out = y + r * n + 2 * h * half;
      for (ptrdiff_t j = 0; j < half; j++) {
        float a = in[j], b = in[j + half], turn = direction * s[j];
        out[j] = a * c[j] - b * turn;
        out[j + half] = b * c[j] + a * turn;
      }
    }
    for (ptrdiff_t j = 2 * heads * half; j < n; j++) y[r * n + j] = x[r * n + j];
  }
}
