// Philox 4×32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): random numbers as a
// function of a counter, so that no draw depends on how many were made before it.
#include "pw_common.h"

PW_INLINE void pw_philox_rounds(uint32_t x[4], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    uint64_t a = (uint64_t)0xD2511F53u * x[0];
    uint64_t b = (uint64_t)0xCD9E8D57u * x[2];
    uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ key0;
    uint32_t y2 = (uint32_t)(a >> 32) ^ x[3] ^ key1;
    x[1] = (uint32_t)b;
    x[3] = (uint32_t)a;
    x[0] = y0;
    x[2] = y2;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

void pw_philox(uint32_t out[4], uint64_t key, uint64_t counter_low, uint64_t counter_high) {
  out[0] = (uint32_t)counter_low;
  out[1] = (uint32_t)(counter_low >> 32);
  out[2] = (uint32_t)counter_high;
  out[3] = (uint32_t)(counter_high >> 32);
  pw_philox_rounds(out, (uint32_t)key, (uint32_t)(key >> 32));
}

PW_KERNEL void pw_uniform(float *y, uint64_t key, uint64_t counter, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    uint64_t c = counter + (uint64_t)i;
    uint32_t x[4] = {(uint32_t)c, (uint32_t)(c >> 32), 0, 0};
    pw_philox_rounds(x, (uint32_t)key, (uint32_t)(key >> 32));
    y[i] = (float)(x[0] >> 8) * 0x1p-24f;
  }
}
