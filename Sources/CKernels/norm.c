#include "pw_common.h"

// Σ_j EXPRESSION over j < n in Double, in lanes as in reduce.c.
#define PW_LANE_SUM(RESULT, EXPRESSION)                                                          \
  double RESULT = 0;                                                                             \
  {                                                                                              \
    double lane[PW_LANES] = {0};                                                                 \
    ptrdiff_t i = 0;                                                                             \
    for (; i + PW_LANES <= n; i += PW_LANES)                                                     \
      for (int s = 0; s < PW_LANES; s++) {                                                       \
        ptrdiff_t j = i + s;                                                                     \
        lane[s] += EXPRESSION;                                                                   \
      }                                                                                          \
    for (int s = 0; i + s < n; s++) {                                                            \
      ptrdiff_t j = i + s;                                                                       \
      lane[s] += EXPRESSION;                                                                     \
    }                                                                                            \
    for (int s = 0; s < PW_LANES; s++) RESULT += lane[s];                                        \
  }

PW_KERNEL void pw_layer_norm(
    float *restrict y, float *restrict mean, float *restrict rstd, const float *restrict x,
    const float *restrict gain, const float *restrict bias, float epsilon, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    PW_LANE_SUM(sum, in[j])
    float mu = (float)(sum / (double)n);
    PW_LANE_SUM(squares, ((double)in[j] - mu) * ((double)in[j] - mu))
    float rs = (float)(1.0 / sqrt(squares / (double)n + epsilon));
    mean[r] = mu;
    rstd[r] = rs;
    for (ptrdiff_t j = 0; j < n; j++) y[r * n + j] = (in[j] - mu) * rs * gain[j] + bias[j];
  }
}

PW_KERNEL void pw_layer_norm_dx(
    float *restrict dx, const float *restrict x, const float *restrict gain,
    const float *restrict mean, const float *restrict rstd, const float *restrict dy,
    ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n, *d = dy + r * n;
    const float mu = mean[r], rs = rstd[r];
    PW_LANE_SUM(sum, d[j] * gain[j])
    PW_LANE_SUM(projected, (double)(d[j] * gain[j]) * ((in[j] - mu) * rs))
    float a = (float)(sum / (double)n), b = (float)(projected / (double)n);
    for (ptrdiff_t j = 0; j < n; j++) {
      float normal = (in[j] - mu) * rs;
      dx[r * n + j] = rs * (d[j] * gain[j] - a - normal * b);
    }
  }
}

PW_KERNEL void pw_layer_norm_dgain_accumulate(
    float *restrict dgain, const float *restrict x, const float *restrict mean,
    const float *restrict rstd, const float *restrict dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++)
      dgain[j] += dy[r * n + j] * ((x[r * n + j] - mean[r]) * rstd[r]);
}

PW_KERNEL void pw_rms_norm(
    float *restrict y, float *restrict rstd, const float *restrict x, const float *restrict gain,
    float epsilon, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n;
    PW_LANE_SUM(squares, (double)in[j] * in[j])
    float rs = (float)(1.0 / sqrt(squares / (double)n + epsilon));
    rstd[r] = rs;
    for (ptrdiff_t j = 0; j < n; j++) y[r * n + j] = in[j] * rs * gain[j];
  }
}

PW_KERNEL void pw_rms_norm_dx(
    float *restrict dx, const float *restrict x, const float *restrict gain,
    const float *restrict rstd, const float *restrict dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * n, *d = dy + r * n;
    const float rs = rstd[r];
    PW_LANE_SUM(projected, (double)(d[j] * gain[j]) * (in[j] * rs))
    float b = (float)(projected / (double)n);
    for (ptrdiff_t j = 0; j < n; j++)
      dx[r * n + j] = rs * (d[j] * gain[j] - in[j] * rs * b);
  }
}

PW_KERNEL void pw_rms_norm_dgain_accumulate(
    float *restrict dgain, const float *restrict x, const float *restrict rstd,
    const float *restrict dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < n; j++) dgain[j] += dy[r * n + j] * (x[r * n + j] * rstd[r]);
}
