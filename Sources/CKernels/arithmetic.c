#include "pw_common.h"

#define PW_ZIP(NAME, EXPRESSION)                                                                 \
  PW_KERNEL void NAME(                                                                           \
      float *y, const float *a, const float *b, ptrdiff_t n) {                                   \
    for (ptrdiff_t i = 0; i < n; i++) {                                                          \
      float u = a[i], v = b[i];                                                                  \
      y[i] = EXPRESSION;                                                                         \
    }                                                                                            \
  }

PW_ZIP(pw_add, u + v)
PW_ZIP(pw_sub, u - v)
PW_ZIP(pw_mul, u *v)
PW_ZIP(pw_div, u / v)
PW_ZIP(pw_max, u > v || u != u ? u : v)

PW_KERNEL void pw_add_scalar(float *y, const float *a, float s, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] + s;
}

PW_KERNEL void pw_scale(float *y, const float *a, float s, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] * s;
}

PW_KERNEL void pw_div_scalar(float *y, const float *a, float s, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] / s;
}

PW_KERNEL void pw_scalar_sub(float *y, float s, const float *a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = s - a[i];
}

PW_KERNEL void pw_scalar_div(float *y, float s, const float *a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = s / a[i];
}

PW_KERNEL void pw_axpy(float *restrict y, float s, const float *restrict x, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < n; i++) y[i] += s * x[i];
}

PW_KERNEL void pw_bias_rows(
    float *restrict y, const float *restrict bias, ptrdiff_t rows, ptrdiff_t n, int relu) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = y + r * n;
    if (relu) {
      for (ptrdiff_t j = 0; j < n; j++) {
        float v = row[j] + bias[j];
        row[j] = v < 0 ? 0.0f : v;  // NaN stays
      }
    } else {
      for (ptrdiff_t j = 0; j < n; j++) row[j] += bias[j];
    }
  }
}
