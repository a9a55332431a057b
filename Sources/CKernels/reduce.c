#include "pw_common.h"

PW_INLINE double pw_fold_lanes(const double lane[PW_LANES]) {
  double sum = 0;
  for (int k = 0; k < PW_LANES; k++) sum += lane[k];
  return sum;
}

PW_KERNEL double pw_sum(const float *x, ptrdiff_t n) {
  double lane[PW_LANES] = {0};
  ptrdiff_t i = 0;
  for (; i + PW_LANES <= n; i += PW_LANES)
    for (int k = 0; k < PW_LANES; k++) lane[k] += x[i + k];
  for (int k = 0; i + k < n; k++) lane[k] += x[i + k];
  return pw_fold_lanes(lane);
}

PW_KERNEL double pw_sum_squares(const float *x, ptrdiff_t n) {
#pragma clang fp contract(fast)
  double lane[PW_LANES] = {0};
  ptrdiff_t i = 0;
  for (; i + PW_LANES <= n; i += PW_LANES)
    for (int k = 0; k < PW_LANES; k++) lane[k] += (double)x[i + k] * x[i + k];
  for (int k = 0; i + k < n; k++) lane[k] += (double)x[i + k] * x[i + k];
  return pw_fold_lanes(lane);
}

PW_KERNEL float pw_max_value(const float *x, ptrdiff_t n) { return pw_row_max(x, n); }

PW_KERNEL ptrdiff_t pw_first_nonfinite(const float *x, ptrdiff_t n) {
  for (ptrdiff_t block = 0; block < n; block += 1024) {
    ptrdiff_t end = block + 1024 < n ? block + 1024 : n;
    uint32_t bad = 0;
    for (ptrdiff_t i = block; i < end; i++) bad |= (pw_bits(x[i]) & 0x7f800000u) == 0x7f800000u;
    if (!bad) continue;
    for (ptrdiff_t i = block; i < end; i++)
      if ((pw_bits(x[i]) & 0x7f800000u) == 0x7f800000u) return i;
  }
  return -1;
}

PW_KERNEL void pw_sum_rows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * n;
    double lane[PW_LANES] = {0};
    ptrdiff_t i = 0;
    for (; i + PW_LANES <= n; i += PW_LANES)
      for (int k = 0; k < PW_LANES; k++) lane[k] += row[i + k];
    for (int k = 0; i + k < n; k++) lane[k] += row[i + k];
    y[r] = (float)pw_fold_lanes(lane);
  }
}

PW_KERNEL void pw_sum_columns_accumulate(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * n;
    for (ptrdiff_t j = 0; j < n; j++) y[j] += row[j];
  }
}

PW_KERNEL void pw_dot_rows(
    float *y, const float *a, const float *b, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *u = a + r * n, *v = b + r * n;
    double lane[PW_LANES] = {0};
    ptrdiff_t i = 0;
    for (; i + PW_LANES <= n; i += PW_LANES)
      for (int k = 0; k < PW_LANES; k++) lane[k] += (double)u[i + k] * v[i + k];
    for (int k = 0; i + k < n; k++) lane[k] += (double)u[i + k] * v[i + k];
    y[r] = (float)pw_fold_lanes(lane);
  }
}
