#include "pw_common.h"

// Rows are taken PW_LANES at a time, a row a lane, with a column of lanes for each head: every sum over heads runs
// in order, whatever the other rows are. Lanes behind the last row repeat it.

// log Σ_k e^z_k of each lane, z_k = weight_k + (x_k − top): x's largest is taken out first, since beside a large one
// weights would lose their digits. Leaves the shares e^z_k/Σ in z.
PW_INLINE void pw_log_mean(float log_mean[PW_LANES], float *z, const float top[PW_LANES], ptrdiff_t heads) {
#pragma clang fp contract(fast)
  float most[PW_LANES], scale[PW_LANES];
  double sum[PW_LANES] = {0};
  for (int s = 0; s < PW_LANES; s++) most[s] = z[s];
  for (ptrdiff_t k = 1; k < heads; k++)
    for (int s = 0; s < PW_LANES; s++) {
      float v = z[k * PW_LANES + s];
      most[s] = v > most[s] || v != v ? v : most[s];
    }
  for (ptrdiff_t k = 0; k < heads; k++)
    for (int s = 0; s < PW_LANES; s++) {
      float e = pw_exp_f(z[k * PW_LANES + s] - most[s]);
      z[k * PW_LANES + s] = e;
      sum[s] += e;
    }
  for (int s = 0; s < PW_LANES; s++) {
    float total = (float)sum[s];
    log_mean[s] = (most[s] + pw_log_f(total)) + top[s];
    scale[s] = 1.0f / total;
  }
  for (ptrdiff_t k = 0; k < heads; k++)
    for (int s = 0; s < PW_LANES; s++) z[k * PW_LANES + s] *= scale[s];
}

PW_KERNEL void pw_mixture_log_odds(
    float *restrict odds, float *restrict slope, float *restrict shift, const float *restrict margin,
    const float *restrict log_weight, ptrdiff_t weight_row, float *restrict scratch, ptrdiff_t rows,
    ptrdiff_t heads) {
#pragma clang fp contract(fast)
  float *won = scratch, *lost = scratch + PW_LANES * heads;
  for (ptrdiff_t r = 0; r < rows; r += PW_LANES) {
    ptrdiff_t last = rows - r < PW_LANES ? rows - r - 1 : PW_LANES - 1;
    const float *d = margin + r * heads, *w = log_weight + r * weight_row;
    float top_won[PW_LANES], top_lost[PW_LANES], log_won[PW_LANES], log_lost[PW_LANES];
    for (int s = 0; s < PW_LANES; s++) top_won[s] = top_lost[s] = -INFINITY;
    // log σ(±δ) = min(±δ, 0) − log(1 + e^−|δ|)
    for (ptrdiff_t k = 0; k < heads; k++)
      for (int s = 0; s < PW_LANES; s++) {
        float v = d[(s < last ? s : last) * heads + k];
        float a = -pw_softplus_f(-v), b = -pw_softplus_f(v);
        won[k * PW_LANES + s] = a;
        lost[k * PW_LANES + s] = b;
        top_won[s] = a > top_won[s] ? a : top_won[s];
        top_lost[s] = b > top_lost[s] ? b : top_lost[s];
      }
    for (ptrdiff_t k = 0; k < heads; k++)
      for (int s = 0; s < PW_LANES; s++) {
        float log_w = w[(s < last ? s : last) * weight_row + k];
        won[k * PW_LANES + s] = log_w + (won[k * PW_LANES + s] - top_won[s]);
        lost[k * PW_LANES + s] = log_w + (lost[k * PW_LANES + s] - top_lost[s]);
      }
    pw_log_mean(log_won, won, top_won, heads);
    pw_log_mean(log_lost, lost, top_lost, heads);
    for (ptrdiff_t s = 0; s <= last; s++) odds[r + s] = log_won[s] - log_lost[s];
    if (!slope) continue;
    for (ptrdiff_t k = 0; k < heads; k++) {
      float *a = won + k * PW_LANES, *b = lost + k * PW_LANES;
      for (int s = 0; s < PW_LANES; s++) {
        float v = d[(s < last ? s : last) * heads + k];
        float by_margin = a[s] * pw_sigmoid_f(-v) + b[s] * pw_sigmoid_f(v);
        b[s] = a[s] - b[s];
        a[s] = by_margin;
      }
    }
    for (ptrdiff_t s = 0; s <= last; s++)
      for (ptrdiff_t k = 0; k < heads; k++) {
        slope[(r + s) * heads + k] = won[k * PW_LANES + s];
        shift[(r + s) * heads + k] = lost[k * PW_LANES + s];
      }
  }
}

PW_KERNEL void pw_weighted_rows(
    float *restrict y, const float *restrict x, const float *restrict w, ptrdiff_t each, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < rows; i++) {
    const float *u = x + i * n, *v = w + i / each * n;
    double sum = 0;
    for (ptrdiff_t j = 0; j < n; j++) sum += (double)u[j] * v[j];
    y[i] = (float)sum;
  }
}

PW_KERNEL void pw_weighted_rows_dx(
    float *restrict dx, const float *restrict w, const float *restrict dy, ptrdiff_t each,
    ptrdiff_t rows, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < n; j++) dx[i * n + j] = dy[i] * w[i / each * n + j];
}

PW_KERNEL void pw_weighted_rows_dw(
    float *restrict dw, const float *restrict x, const float *restrict dy, ptrdiff_t each,
    ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < rows / each; i++)
    for (ptrdiff_t j = 0; j < n; j++) {
      float sum = 0;
      for (ptrdiff_t e = i * each; e < (i + 1) * each; e++) sum += dy[e] * x[e * n + j];
      dw[i * n + j] = sum;
    }
}
