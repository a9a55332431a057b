#include "pw_common.h"

PW_KERNEL void pw_logit_statistics(
    double *restrict state, int32_t *restrict best, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows,
    ptrdiff_t n, ptrdiff_t column) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * ldx;
    double *old = state + 4 * r;
    float here = pw_row_max(row, n);
    float top = here > old[0] || here != here ? here : (float)old[0];
    // A row of nothing but −∞ so far: e^(x − 0) = 0 there, instead of NaN.
    float shift = top == -INFINITY ? 0.0f : top;
    float lane[PW_LANES] = {0};
    double weighted[PW_LANES] = {0}, plain[PW_LANES] = {0};
    for (ptrdiff_t j = 0; j < n; j += PW_LANES) {
      float block[PW_LANES];
      ptrdiff_t left = n - j < PW_LANES ? n - j : PW_LANES;
      if (left == PW_LANES) {
        for (int k = 0; k < PW_LANES; k++) block[k] = row[j + k];
      } else {
        for (int k = 0; k < PW_LANES; k++) block[k] = k < left ? row[j + k] : -INFINITY;
      }
      for (int k = 0; k < PW_LANES; k++) {
        float e = pw_exp_f(block[k] - shift);
        lane[k] += e;
        float v = block[k] == -INFINITY ? 0.0f : block[k];
        weighted[k] += (double)e * v;
        plain[k] += left == PW_LANES ? block[k] : v;
      }
    }
    double sum = 0, product = 0, total = 0;
    for (int k = 0; k < PW_LANES; k++) {
      sum += lane[k];
      product += weighted[k];
      total += plain[k];
    }
    double keep = old[0] == -INFINITY ? 0.0 : exp(old[0] - shift);
    if (here > old[0])
      for (ptrdiff_t j = 0; j < n; j++)
        if (row[j] == here) {
          best[r] = (int32_t)(column + j);
          break;
        }
    old[0] = top;
    old[1] = old[1] * keep + sum;
    old[2] = old[2] * keep + product;
    old[3] += total;
  }
}

PW_KERNEL void pw_logits_vjp(
    float *restrict d, ptrdiff_t ldd, const float *restrict top, const float *restrict inverse,
    const float *restrict g, const int32_t *restrict target, ptrdiff_t rows, ptrdiff_t n,
    ptrdiff_t column) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = d + r * ldd;
    float shift = top[r], factor = -g[r] * inverse[r];
    for (ptrdiff_t j = 0; j < n; j++) row[j] = factor * pw_exp_f(row[j] - shift);
    ptrdiff_t place = target[r] - column;
    if (place >= 0 && place < n) row[place] += g[r];
  }
}

PW_KERNEL void pw_logit_divergence(
    double *restrict state, const float *restrict r, const float *restrict x, ptrdiff_t ld, ptrdiff_t rows,
    ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < rows; i++) {
    const float *theirs = r + i * ld, *ours = x + i * ld;
    double *old = state + 2 * i;
    float here = pw_row_max(theirs, n);
    float top = here > old[0] || here != here ? here : (float)old[0];
    double lane[PW_LANES] = {0};
    for (ptrdiff_t j = 0; j < n; j += PW_LANES) {
      ptrdiff_t left = n - j < PW_LANES ? n - j : PW_LANES;
      if (left == PW_LANES) {
        for (int k = 0; k < PW_LANES; k++)
          lane[k] += (double)pw_exp_f(theirs[j + k] - top) * ((double)theirs[j + k] - ours[j + k]);
      } else {
        for (int k = 0; k < left; k++)
          lane[k] += (double)pw_exp_f(theirs[j + k] - top) * ((double)theirs[j + k] - ours[j + k]);
      }
    }
    double sum = 0;
    for (int k = 0; k < PW_LANES; k++) sum += lane[k];
    old[1] = old[1] * (old[0] == -INFINITY ? 0.0 : exp(old[0] - top)) + sum;
    old[0] = top;
  }
}

PW_KERNEL void pw_logit_squares(
    double *restrict state, const float *restrict x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < rows; i++) {
    const float *row = x + i * ldx;
    double *old = state + 2 * i;
    float here = pw_row_max(row, n);
    float top = here > old[0] || here != here ? here : (float)old[0];
    double lane[PW_LANES] = {0};
    for (ptrdiff_t j = 0; j < n; j += PW_LANES) {
      ptrdiff_t left = n - j < PW_LANES ? n - j : PW_LANES;
      if (left == PW_LANES) {
        for (int k = 0; k < PW_LANES; k++) lane[k] += (double)pw_exp_f(2.0f * (row[j + k] - top));
      } else {
        for (int k = 0; k < left; k++) lane[k] += (double)pw_exp_f(2.0f * (row[j + k] - top));
      }
    }
    double sum = 0;
    for (int k = 0; k < PW_LANES; k++) sum += lane[k];
    old[1] = old[1] * (old[0] == -INFINITY ? 0.0 : exp(2 * (old[0] - top))) + sum;
    old[0] = top;
  }
}

PW_KERNEL void pw_logits_divergence_vjp(
    float *restrict d, const float *restrict r, ptrdiff_t ld, const float *restrict top,
    const float *restrict inverse, const float *restrict top_r, const float *restrict inverse_r,
    const float *restrict g, const float *restrict k, const int32_t *restrict target, ptrdiff_t rows,
    ptrdiff_t n, ptrdiff_t column) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < rows; i++) {
    float *row = d + i * ld;
    const float *theirs = r + i * ld;
    float shift = top[i], factor = (k[i] - g[i]) * inverse[i];
    float shift_r = top_r[i], factor_r = k[i] * inverse_r[i];
    for (ptrdiff_t j = 0; j < n; j++)
      row[j] = factor * pw_exp_f(row[j] - shift) - factor_r * pw_exp_f(theirs[j] - shift_r);
    ptrdiff_t place = target[i] - column;
    if (place >= 0 && place < n) row[place] += g[i];
  }
}
