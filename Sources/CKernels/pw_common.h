// Shared by the kernels: CPU dispatch and branch-free elementary functions.
#ifndef PW_COMMON_H
#define PW_COMMON_H

#include "pw_kernels.h"
#include <math.h>
#include <string.h>

// One clone per vector width, chosen when the program is loaded. Needs ifunc: x86-64 glibc. Elsewhere
// the same source builds as a single version.
#if defined(__x86_64__) && defined(__gnu_linux__) && __has_attribute(target_clones) && !defined(PW_NO_CLONES)
#define PW_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PW_KERNEL
#endif

// Outputs are `restrict` wherever the arithmetic could be contracted in more than one way: otherwise the
// compiler guards its vector loops by the distance of the arrays, and the road for close ones may round
// differently, so that bits would depend on where memory came from.
#define PW_INLINE static inline __attribute__((always_inline))

PW_INLINE float pw_from_bits(uint32_t u) {
  float f;
  memcpy(&f, &u, 4);
  return f;
}

PW_INLINE uint32_t pw_bits(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  return u;
}

// The root without libm's errno, which would keep loops from being vectorised.
#if __has_builtin(__builtin_elementwise_sqrt)
#define PW_SQRT(x) __builtin_elementwise_sqrt(x)
#else
#define PW_SQRT(x) sqrtf(x)
#endif

// e^r − 1 = r·q(r) on |r| ≤ ln2/2, by its Taylor series: the first term left out is r^8/8! < 6e-9.
PW_INLINE float pw_expm1_small(float r) {
  float q = 1.0f / 5040;
  q = q * r + 1.0f / 720;
  q = q * r + 1.0f / 120;
  q = q * r + 1.0f / 24;
  q = q * r + 1.0f / 6;
  q = q * r + 0.5f;
  return r + r * (r * q);
}

// x = n·ln2 + r. n is rounded by adding 1.5·2^23; the low bits of the sum hold it as an integer.
#define PW_ROUND_MAGIC 12582912.0f
PW_INLINE float pw_reduce_ln2(float x, int32_t *n) {
  float shifted = x * 1.44269504088896341f + PW_ROUND_MAGIC;
  *n = (int32_t)(pw_bits(shifted) - pw_bits(PW_ROUND_MAGIC));
  float k = shifted - PW_ROUND_MAGIC;
  float r = x - k * 0.693359375f;  // the leading bits of ln2: the product is exact
  return r + k * 2.12194440e-4f;   // ln2 = 0.693359375 − 2.12194440e-4
}

// 2^n for n in −252 … 254 as a product of two factors, so that neither over- nor underflows early.
PW_INLINE float pw_scale_pow2(float x, int32_t n) {
  int32_t half = n >> 1;
  float a = pw_from_bits((uint32_t)(half + 127) << 23);
  float b = pw_from_bits((uint32_t)(n - half + 127) << 23);
  return x * a * b;
}

PW_INLINE float pw_exp_f(float x) {
  float clamped = x < -110.0f ? -110.0f : (x > 90.0f ? 90.0f : x);  // NaN passes through
  int32_t n;
  float r = pw_reduce_ln2(clamped, &n);
  return pw_scale_pow2(1.0f + pw_expm1_small(r), n);
}

// Accurate near 0, −1 for −inf.
PW_INLINE float pw_expm1_f(float x) {
  float clamped = x < -110.0f ? -110.0f : (x > 90.0f ? 90.0f : x);
  int32_t n;
  float r = pw_reduce_ln2(clamped, &n);
  float small = pw_expm1_small(r);
  float power = pw_scale_pow2(1.0f, n);
  float wide = pw_scale_pow2(1.0f + small, n) - 1.0f;
  // 2^n·small + (2^n − 1) keeps the digits for small n; for large n the plain form cannot overflow early.
  float near = power * small + (power - 1.0f);
  return n > 20 ? wide : near;
}

// log(1 + e) for e in [0, 1]: 2·atanh(s), s = e/(2 + e) ≤ 1/3; terms to s^19, the next is < 1e-10.
PW_INLINE float pw_log1p_unit(float e) {
  float s = e / (2.0f + e);
  float z = s * s;
  float q = 1.0f / 17;
  q = q * z + 1.0f / 15;
  q = q * z + 1.0f / 13;
  q = q * z + 1.0f / 11;
  q = q * z + 1.0f / 9;
  q = q * z + 1.0f / 7;
  q = q * z + 1.0f / 5;
  q = q * z + 1.0f / 3;
  return 2.0f * (s + s * (z * q));
}

// x = 2^n·(1 + f), 1 + f in [√½, √2); log x = n·ln2 + log(1 + f), the latter as 2·atanh(s), s = f/(2 + f):
// |s| ≤ 0.1716, the first term left out is s^11/11 < 4e-10 relative to s.
PW_INLINE float pw_log_f(float x) {
  int small = x < 0x1p-126f;
  uint32_t bits = pw_bits(small ? x * 0x1p23f : x);
  uint32_t above = bits - 0x3f3504f3u;  // √½
  int32_t n = (int32_t)above >> 23;
  float f = pw_from_bits(bits - ((uint32_t)n << 23)) - 1.0f;
  float k = (float)(n - (small ? 23 : 0));
  float s = f / (2.0f + f);
  float z = s * s;
  float q = 2.0f / 9;
  q = q * z + 2.0f / 7;
  q = q * z + 2.0f / 5;
  q = q * z + 2.0f / 3;
  q = q * z;
  // 2·s·(1 + z/3 + …) = f − s·(f − q): f is exact, and the rest is small beside it.
  float part = k * -2.12194440e-4f - s * (f - q);
  float result = k * 0.693359375f + (f + part);
  result = x > 0x1.fffffep127f ? x : result;
  return x > 0 ? result : (x == 0 ? -INFINITY : NAN);
}

// log(1 + x) = log u + (x − (u − 1))/u, u = 1 + x rounded.
PW_INLINE float pw_log1p_f(float x) {
  float u = 1.0f + x;
  float lost = x - (u - 1.0f);
  float result = pw_log_f(u) + lost / u;
  return u == 0 || u > 0x1.fffffep127f ? pw_log_f(u) : result;
}

// 1 − erf u for u ≥ 0: e^−u²·t·p(t), t = 1/(1 + u/2). p is the polynomial of degree 10 closest to
// e^u²·erfc(u)/t in relative error (3.5e-9) for u in 0 … 10.2, beyond which the result is 0.
PW_INLINE float pw_erfc_positive(float u) {
  float v = u > 10.2f ? 10.2f : u;
  float t = 1.0f / (1.0f + 0.5f * v);
  float p = 0.0357676110f;
  p = p * t - 0.191036340f;
  p = p * t + 0.381427191f;
  p = p * t - 0.289603022f;
  p = p * t - 0.0219499867f;
  p = p * t + 0.0353995911f;
  p = p * t + 0.0548805295f;
  p = p * t + 0.185594240f;
  p = p * t + 0.245179283f;
  p = p * t + 0.282252385f;
  p = p * t + 0.282088521f;
  return pw_exp_f(-v * v) * (t * p);
}

// erf x for x² ≤ 0.8: x·q(x²), relative error 3e-10.
PW_INLINE float pw_erf_small(float x, float square) {
  float q = 8.54938310e-5f;
  q = q * square - 8.18374219e-4f;
  q = q * square + 5.20453347e-3f;
  q = q * square - 2.68607652e-2f;
  q = q * square + 1.12837194e-1f;
  q = q * square - 3.76126353e-1f;
  q = q * square + 1.28379167e-1f;
  return x + x * q;
}

PW_INLINE float pw_erf_f(float x) {
  float wide = copysignf(1.0f - pw_erfc_positive(fabsf(x)), x);
  return x * x < 0.8f ? pw_erf_small(x, x * x) : wide;
}

PW_INLINE float pw_erfc_f(float x) {
  float tail = pw_erfc_positive(fabsf(x));
  float wide = x >= 0 ? tail : 2.0f - tail;
  return x * x < 0.8f ? 1.0f - pw_erf_small(x, x * x) : wide;
}

PW_INLINE float pw_sigmoid_f(float x) {
  float e = pw_exp_f(-fabsf(x));
  float s = 1.0f / (1.0f + e);
  return x >= 0 ? s : e * s;
}

// max(x, 0) + log(1 + e^−|x|): finite for every finite x, right to the last digits at x = −40 too.
PW_INLINE float pw_softplus_f(float x) {
  float tail = pw_log1p_unit(pw_exp_f(-fabsf(x)));
  return (x > 0 ? x : (x == x ? 0.0f : x)) + tail;
}

// Partial results whatever the vector width, so that every clone combines in the same order.
#define PW_LANES 16

// The largest of x, NaN if any is; −inf if there is none.
PW_INLINE float pw_row_max(const float *x, ptrdiff_t n) {
  float lane[PW_LANES];
  int nan[PW_LANES] = {0};
  for (int k = 0; k < PW_LANES; k++) lane[k] = -INFINITY;
  ptrdiff_t i = 0;
  for (; i + PW_LANES <= n; i += PW_LANES)
    for (int k = 0; k < PW_LANES; k++) {
      float v = x[i + k];
      nan[k] |= v != v;
      lane[k] = v > lane[k] ? v : lane[k];
    }
  for (int k = 0; i + k < n; k++) {
    float v = x[i + k];
    nan[k] |= v != v;
    lane[k] = v > lane[k] ? v : lane[k];
  }
  // By halves: sixteen comparisons one after the other would take longer than a short row.
  for (int half = PW_LANES / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) {
      lane[k] = lane[k + half] > lane[k] ? lane[k + half] : lane[k];
      nan[k] |= nan[k + half];
    }
  return nan[0] ? NAN : lane[0];
}

// Σ lane by halves.
PW_INLINE float pw_fold_floats(float lane[PW_LANES]) {
  for (int half = PW_LANES / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) lane[k] += lane[k + half];
  return lane[0];
}

// tanh|x| = u/(u + 2), u = e^{2|x|} − 1.
PW_INLINE float pw_tanh_f(float x) {
  float a = fabsf(x);
  float u = pw_expm1_f(2.0f * (a > 10.0f ? 10.0f : a));
  return copysignf(u / (u + 2.0f), x);
}

#endif
