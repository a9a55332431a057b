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

PW_KERNEL void pw_softmax_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    float *out = y + r * n;
    float scale = 1.0f / pw_row_exp_sum(out, in, pw_row_max(in, n), n);
    for (ptrdiff_t j = 0; j < n; j++) out[j] *= scale;
  }
}

PW_KERNEL void pw_log_softmax_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    float *out = y + r * n;
    float top = pw_row_max(in, n);
    float log_sum = logf(pw_row_exp_sum(NULL, in, top, n));
    for (ptrdiff_t j = 0; j < n; j++) out[j] = (in[j] - top) - log_sum;
  }
}

PW_KERNEL void pw_log_sum_exp_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
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
