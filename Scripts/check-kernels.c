// Runs each family of kernels once and compares with plain loops in double; see check-kernels.sh.
// The limits are those of the Swift tests, widened to 4 ulps: without fused multiply-adds results may
// differ by a rounding.
#include "pw_kernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { count = 4099, m = 37, n = 71, k = 300 };
static float x[count], y[count], z[count];
static int failures;

static void expect(int holds, const char *what, double found, double wanted) {
  if (holds) return;
  if (failures++ < 10) fprintf(stderr, "%s: %.9g, expected %.9g\n", what, found, wanted);
}

static void check_map(
    const char *name, void (*kernel)(float *, const float *, ptrdiff_t), double (*exact)(double),
    float low, float high) {
  for (int i = 0; i < count; i++) x[i] = low + (high - low) * (float)i / (count - 1);
  kernel(y, x, count);
  for (int i = 0; i < count; i++) {
    double wanted = exact(x[i]);
    double ulp = nextafterf(fabsf((float)wanted), INFINITY) - fabsf((float)wanted);
    expect(fabs(y[i] - wanted) <= 4 * ulp, name, y[i], wanted);
  }
  x[0] = NAN;
  kernel(y, x, 1);
  expect(isnan(y[0]), name, y[0], NAN);
}

static double sigmoid(double v) { return 1 / (1 + exp(-v)); }
static double softplus(double v) { return fmax(v, 0) + log1p(exp(-fabs(v))); }
static double log_sigmoid(double v) { return -softplus(-v); }
static double silu(double v) { return v * sigmoid(v); }

static void check_products(void) {
  static float a[m * k], b[k * n], c[m * n], t[n * k], narrow[m * 3];
  for (int i = 0; i < m * k; i++) a[i] = (float)(i * 37 % 101) / 50 - 1;
  for (int i = 0; i < k * n; i++) b[i] = (float)(i * 53 % 97) / 48 - 1;
  pw_gemm(c, n, a, k, 1, b, n, m, n, k, 0);
  pw_transpose(t, k, b, n, k, n);
  pw_gemm_narrow(narrow, 3, a, k, t, k, m, 3, k);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0, terms = 0;
      for (int q = 0; q < k; q++) {
        sum += (double)a[i * k + q] * b[q * n + j];
        terms += fabs((double)a[i * k + q] * b[q * n + j]);
      }
      double limit = (2 + 2 * sqrt(k)) * 0x1p-24 * terms;
      expect(fabs(c[i * n + j] - sum) <= limit, "gemm", c[i * n + j], sum);
      if (j < 3) expect(fabs(narrow[i * 3 + j] - sum) <= limit, "narrow", narrow[i * 3 + j], sum);
    }
}

static void check_rows(void) {
  for (int i = 0; i < count; i++) x[i] = (float)(i * 29 % 83) / 20 - 2;
  double sum = 0, square = 0, power = 0, largest = -INFINITY;
  for (int i = 0; i < count; i++) {
    sum += x[i];
    square += (double)x[i] * x[i];
    power += exp(x[i]);
    largest = fmax(largest, x[i]);
  }
  expect(fabs(pw_sum(x, count) - sum) < 1e-9, "sum", pw_sum(x, count), sum);
  expect(fabs(pw_sum_squares(x, count) - square) < 1e-8, "squares", pw_sum_squares(x, count), square);
  expect(pw_max_value(x, count) == (float)largest, "max", pw_max_value(x, count), largest);
  pw_log_sum_exp_rows(y, x, 1, count);
  expect(fabs(y[0] - log(power)) < 2e-6, "logSumExp", y[0], log(power));
  pw_softmax_rows(z, x, 1, count);
  for (int i = 0; i < count; i++)
    expect(fabs(z[i] / (exp(x[i]) / power) - 1) < 1e-6, "softmax", z[i], exp(x[i]) / power);
  x[count / 2] = NAN;
  expect(isnan(pw_max_value(x, count)), "max of NaN", pw_max_value(x, count), NAN);
  expect(pw_first_nonfinite(x, count) == count / 2, "first non-finite", 0, count / 2);
}

int main(void) {
  check_map("exp", pw_exp, exp, -103, 88.7f);
  check_map("expm1", pw_expm1, expm1, -20, 88.7f);
  check_map("log", pw_log, log, 1e-30f, 1e6f);
  check_map("tanh", pw_tanh, tanh, -12, 12);
  check_map("erf", pw_erf, erf, -5, 5);
  check_map("sigmoid", pw_sigmoid, sigmoid, -80, 80);
  check_map("softplus", pw_softplus, softplus, -80, 80);
  check_map("log_sigmoid", pw_log_sigmoid, log_sigmoid, -80, 80);
  check_map("silu", pw_silu, silu, -80, 80);
  check_products();
  check_rows();
  uint32_t words[4];
  pw_philox(words, 0, 0, 0);
  expect(words[0] == 0x6627e8d5u && words[3] == 0x9b00dbd8u, "philox", words[0], 0x6627e8d5u);
  if (failures) return fprintf(stderr, "%d results differ\n", failures), 1;
  printf("agrees (vector width %d)\n", pw_vector_width());
  return 0;
}
