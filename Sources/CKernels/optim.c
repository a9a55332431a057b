#include "pw_common.h"

PW_KERNEL void pw_adamw(
    float *restrict p, float *restrict m, float *restrict v, const float *restrict g,
    const pw_adamw_options *options, ptrdiff_t n) {
#pragma clang fp contract(fast)
  const pw_adamw_options o = *options;
  for (ptrdiff_t i = 0; i < n; i++) {
    float gradient = g[i] * o.gradient_scale;
    float first = m[i] + o.rest1 * (gradient - m[i]);
    float second = o.beta2 * v[i] + o.rest2 * gradient * gradient;
    m[i] = first;
    v[i] = second;
    p[i] = o.keep * p[i] - o.step_size * first / (PW_SQRT(second) / o.root_correction + o.epsilon);
  }
}

PW_KERNEL void pw_sgd(
    float *restrict p, float *restrict buffer, const float *restrict g, float learning_rate,
    float momentum, float weight_decay, float gradient_scale, int nesterov, ptrdiff_t n) {
#pragma clang fp contract(fast)
  for (ptrdiff_t i = 0; i < n; i++) {
    float gradient = g[i] * gradient_scale + weight_decay * p[i];
    float b = momentum * buffer[i] + gradient;
    buffer[i] = b;
    p[i] -= learning_rate * (nesterov ? gradient + momentum * b : b);
  }
}
