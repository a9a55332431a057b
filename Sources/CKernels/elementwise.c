#include "pw_common.h"

#define PW_PRAGMAS _Pragma("clang fp contract(fast)")

#define PW_MAP(NAME, EXPRESSION)                                                  \
  PW_KERNEL void NAME(float *restrict y, const float *restrict x, ptrdiff_t n) { \
    PW_PRAGMAS                                                                    \
    for (ptrdiff_t i = 0; i < n; i++) {                                           \
      float v = x[i];                                                             \
      y[i] = EXPRESSION;                                                          \
    }                                                                             \
  }

// v is the input (or saved output) and d the incoming gradient.
#define PW_VJP(NAME, EXPRESSION)                                                                      \
  PW_KERNEL void NAME(                                                                                \
      float *restrict dx, const float *restrict x, const float *restrict dy, ptrdiff_t n) {          \
    PW_PRAGMAS                                                                                        \
    for (ptrdiff_t i = 0; i < n; i++) {                                                               \
      float v = x[i], d = dy[i];                                                                      \
      dx[i] = EXPRESSION;                                                                             \
    }                                                                                                 \
  }

#define PW_ROOT_HALF 0.70710678118654752f
#define PW_INV_ROOT_2PI 0.39894228040143268f
#define PW_TWO_INV_ROOT_PI 1.12837916709551257f
#define PW_ROOT_2_OVER_PI 0.79788456080286536f

// The gates below are 0 or 1 in Float long before ±limit: stopping there keeps ∞·0 = NaN out of products
// with them, so that infinities give the limits. NaN passes through.
PW_INLINE float pw_clamp(float v, float limit) {
  return v < -limit ? -limit : (v > limit ? limit : v);
}

PW_INLINE float pw_clamp_below(float v, float limit) { return v < -limit ? -limit : v; }

PW_INLINE float pw_gelu_f(float v) {
  return 0.5f * pw_clamp_below(v, 30.0f) * pw_erfc_f(-PW_ROOT_HALF * v);
}

// Derivative of x·Φ(x): Φ(x) + x·φ(x).
PW_INLINE float pw_gelu_slope(float x) {
  float v = pw_clamp(x, 30.0f);
  float density = PW_INV_ROOT_2PI * pw_exp_f(-0.5f * v * v);
  return 0.5f * pw_erfc_f(-PW_ROOT_HALF * v) + v * density;
}

// ½(1 + tanh u) = σ(2u), which doesn't cancel for negative u. This is 2u.
PW_INLINE float pw_gelu_inner(float v) {
  return 2.0f * PW_ROOT_2_OVER_PI * (v + 0.044715f * v * v * v);
}

PW_INLINE float pw_gelu_tanh_f(float v) {
  return pw_clamp_below(v, 30.0f) * pw_sigmoid_f(pw_gelu_inner(v));
}

PW_INLINE float pw_gelu_tanh_slope(float x) {
  float v = pw_clamp(x, 30.0f);
  float u = pw_gelu_inner(v), s = pw_sigmoid_f(u);
  float inner = 2.0f * PW_ROOT_2_OVER_PI * (1.0f + 3.0f * 0.044715f * v * v);
  return s + v * inner * (s * pw_sigmoid_f(-u));
}

PW_INLINE float pw_silu_f(float v) { return pw_clamp_below(v, 120.0f) * pw_sigmoid_f(v); }

// σ(x)·(1 + x·σ(−x))
PW_INLINE float pw_silu_slope(float x) {
  float v = pw_clamp(x, 120.0f);
  return pw_sigmoid_f(v) * (1.0f + v * pw_sigmoid_f(-v));
}

// log(1 − e^v): two forms, each accurate on its side of −ln 2.
PW_INLINE float pw_log1mexp_f(float v) {
  return v > -0.69314718f ? pw_log_f(-pw_expm1_f(v)) : pw_log1p_f(-pw_exp_f(v));
}

PW_MAP(pw_exp, pw_exp_f(v))
PW_MAP(pw_log, pw_log_f(v))
PW_MAP(pw_log1p, pw_log1p_f(v))
PW_MAP(pw_expm1, pw_expm1_f(v))
PW_MAP(pw_tanh, pw_tanh_f(v))
PW_MAP(pw_erf, pw_erf_f(v))
PW_MAP(pw_sqrt, PW_SQRT(v))
PW_MAP(pw_abs, fabsf(v))
PW_MAP(pw_relu, v > 0 ? v : (v == v ? 0.0f : v))
PW_MAP(pw_gelu, pw_gelu_f(v))
PW_MAP(pw_gelu_tanh, pw_gelu_tanh_f(v))
PW_MAP(pw_silu, pw_silu_f(v))
PW_MAP(pw_sigmoid, pw_sigmoid_f(v))
PW_MAP(pw_softplus, pw_softplus_f(v))
PW_MAP(pw_log_sigmoid, -pw_softplus_f(-v))
PW_MAP(pw_log1mexp, pw_log1mexp_f(v))

PW_VJP(pw_log_vjp, d / v)
PW_VJP(pw_log1p_vjp, d / (1.0f + v))
// Not y + 1 from the output, which has no digits left where e^x is small.
PW_VJP(pw_expm1_vjp, d * pw_exp_f(v))
// 1 − tanh² = 4·σ(2x)·σ(−2x): no cancellation where tanh is near ±1.
PW_VJP(pw_tanh_vjp, d * (4.0f * pw_sigmoid_f(2.0f * v) * pw_sigmoid_f(-2.0f * v)))
PW_VJP(pw_erf_vjp, d * (PW_TWO_INV_ROOT_PI * pw_exp_f(-v * v)))
PW_VJP(pw_sqrt_vjp, d * 0.5f / v)
PW_VJP(pw_abs_vjp, v > 0 ? d : (v < 0 ? -d : 0.0f))
PW_VJP(pw_relu_vjp, v > 0 ? d : 0.0f)
PW_VJP(pw_gelu_vjp, d * pw_gelu_slope(v))
PW_VJP(pw_gelu_tanh_vjp, d * pw_gelu_tanh_slope(v))
PW_VJP(pw_silu_vjp, d * pw_silu_slope(v))
PW_VJP(pw_sigmoid_vjp, d * (pw_sigmoid_f(v) * pw_sigmoid_f(-v)))
PW_VJP(pw_log_sigmoid_vjp, d * pw_sigmoid_f(-v))
PW_VJP(pw_softplus_vjp, d * pw_sigmoid_f(v))
// d/dx log(1 − e^x) = −e^x/(1 − e^x) for x ≤ 0; −inf at 0 and −0 alike.
PW_VJP(pw_log1mexp_vjp, -d * (pw_exp_f(v) / fabsf(pw_expm1_f(v))))

PW_KERNEL void pw_swiglu(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *gate = x + 2 * r * n, *up = gate + n;
    for (ptrdiff_t j = 0; j < n; j++) y[r * n + j] = pw_silu_f(gate[j]) * up[j];
  }
}

PW_KERNEL void pw_swiglu_vjp(
    float *restrict dx, const float *restrict x, const float *restrict dy, ptrdiff_t rows, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *gate = x + 2 * r * n, *up = gate + n, *d = dy + r * n;
    float *dgate = dx + 2 * r * n, *dup = dgate + n;
    for (ptrdiff_t j = 0; j < n; j++) {
      float v = gate[j], clamped = pw_clamp(v, 120.0f);
      float s = pw_sigmoid_f(clamped);
      dgate[j] = d[j] * up[j] * (s * (1.0f + clamped * pw_sigmoid_f(-clamped)));
      dup[j] = d[j] * (pw_clamp_below(v, 120.0f) * s);
    }
  }
}
