#include "pw_common.h"

PW_KERNEL void pw_layer_norm(
    float *y, float *mean, float *rstd, const float *x, const float *gain, const float *bias,
    float epsilon, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    double sum = 0;
    for (ptrdiff_t j = 0; j < n; j++) sum += in[j];
    float mu = (float)(sum / (double)n);
    double squares = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
      double d = (double)in[j] - mu;
      squares += d * d;
    }
    float rs = (float)(1.0 / sqrt(squares / (double)n + epsilon));
    mean[r] = mu;
    rstd[r] = rs;
    for (ptrdiff_t j = 0; j < n; j++) y[r * n + j] = (in[j] - mu) * rs * gain[j] + bias[j];
  }
}

PW_KERNEL void pw_layer_norm_dx(
    float *dx, const float *x, const float *gain, const float *mean, const float *rstd,
    const float *dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n, *d = dy + r * n;
    double sum = 0, projected = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
      float g = d[j] * gain[j];
      sum += g;
      projected += (double)g * ((in[j] - mean[r]) * rstd[r]);
    }
    float a = (float)(sum / (double)n), b = (float)(projected / (double)n);
    for (ptrdiff_t j = 0; j < n; j++) {
      float normal = (in[j] - mean[r]) * rstd[r];
      dx[r * n + j] = rstd[r] * (d[j] * gain[j] - a - normal * b);
    }
  }
}

PW_KERNEL void pw_layer_norm_dgain_accumulate(
    float *dgain, const float *x, const float *mean, const float *rstd, const float *dy,
    ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++)
      dgain[j] += dy[r * n + j] * ((x[r * n + j] - mean[r]) * rstd[r]);
}

PW_KERNEL void pw_rms_norm(
    float *y, float *rstd, const float *x, const float *gain, float epsilon, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    double squares = 0;
    for (ptrdiff_t j = 0; j < n; j++) squares += (double)in[j] * in[j];
    float rs = (float)(1.0 / sqrt(squares / (double)n + epsilon));
    rstd[r] = rs;
    for (ptrdiff_t j = 0; j < n; j++) y[r * n + j] = in[j] * rs * gain[j];
  }
}

PW_KERNEL void pw_rms_norm_dx(
    float *dx, const float *x, const float *gain, const float *rstd, const float *dy, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n, *d = dy + r * n;
    double projected = 0;
    for (ptrdiff_t j = 0; j < n; j++) projected += (double)(d[j] * gain[j]) * (in[j] * rstd[r]);
    float b = (float)(projected / (double)n);
    for (ptrdiff_t j = 0; j < n; j++)
      dx[r * n + j] = rstd[r] * (d[j] * gain[j] - in[j] * rstd[r] * b);
  }
}

PW_KERNEL void pw_rms_norm_dgain_accumulate(
    float *dgain, const float *x, const float *rstd, const float *dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++) dgain[j] += dy[r * n + j] * (x[r * n + j] * rstd[r]);
}
