#include "pw_common.h"

PW_KERNEL void pw_copy_rows(
    float *restrict y, ptrdiff_t ldy, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++) y[r * ldy + j] = x[r * ldx + j];
}

PW_KERNEL void pw_add_rows(
    float *restrict y, ptrdiff_t ldy, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++) y[r * ldy + j] += x[r * ldx + j];
}

void pw_gather_rows(
    float *y, const float *table, const int32_t *index, ptrdiff_t rows, ptrdiff_t n) {
  // Rows lie anywhere, so each would be waited for: ask for the one after the next few in time.
  enum { ahead = 6, line = 16 };
  for (ptrdiff_t r = 0; r < rows; r++) {
    if (r + ahead < rows) {
      const float *next = table + (ptrdiff_t)index[r + ahead] * n;
      for (ptrdiff_t j = 0; j < n && j < 8 * line; j += line) __builtin_prefetch(next + j);
    }
    memcpy(y + r * n, table + (ptrdiff_t)index[r] * n, (size_t)n * sizeof(float));
  }
}

PW_KERNEL void pw_scatter_rows_accumulate(
    float *restrict table, const float *restrict x, const int32_t *restrict index, ptrdiff_t rows,
    ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *out = table + (ptrdiff_t)index[r] * n;
    for (ptrdiff_t j = 0; j < n; j++) out[j] += x[r * n + j];
  }
}

PW_KERNEL void pw_sparse_rows(
    float *restrict y, const int64_t *restrict offset, const int32_t *restrict index,
    const float *restrict value, const float *restrict table, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *out = y + r * n;
    if (n == 1) {
      double sum = 0;
      for (int64_t e = offset[r]; e < offset[r + 1]; e++) sum += (double)value[e] * table[index[e]];
      out[0] = (float)sum;
      continue;
    }
    for (ptrdiff_t j = 0; j < n; j++) out[j] = 0;
    for (int64_t e = offset[r]; e < offset[r + 1]; e++) {
      const float *row = table + (ptrdiff_t)index[e] * n;
      float v = value[e];
      for (ptrdiff_t j = 0; j < n; j++) out[j] += v * row[j];
    }
  }
}

PW_KERNEL void pw_sparse_rows_accumulate(
    float *restrict table, const int64_t *restrict offset, const int32_t *restrict index,
    const float *restrict value, const float *restrict dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++)
    for (int64_t e = offset[r]; e < offset[r + 1]; e++) {
      float *row = table + (ptrdiff_t)index[e] * n;
      float v = value[e];
      for (ptrdiff_t j = 0; j < n; j++) row[j] += v * dy[r * n + j];
    }
}
