// Stored number formats to Float32. Products and sums round one after the other (no fused multiply-add), so
// that results are those of the formats' reference in ggml, to the bit.
#include "pw_common.h"

// IEEE half precision: the exponent is rebased by an exact product, which also normalises subnormals.
PW_INLINE float pw_half(uint16_t h) {
  float magnitude = pw_from_bits((uint32_t)(h & 0x7fffu) << 13) * 0x1p112f;
  uint32_t bits = pw_bits(magnitude) | ((uint32_t)(h & 0x8000u) << 16);
  bits |= (h & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0;
  return pw_from_bits(bits);
}

PW_INLINE uint16_t pw_u16(const uint8_t *x) {
  uint16_t u;
  memcpy(&u, x, 2);
  return u;
}

PW_INLINE uint32_t pw_u32(const uint8_t *x) {
  uint32_t u;
  memcpy(&u, x, 4);
  return u;
}

PW_KERNEL void pw_from_float16(float *restrict y, const uint8_t *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = pw_half(pw_u16(x + 2 * i));
}

PW_KERNEL void pw_from_bfloat16(float *restrict y, const uint8_t *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = pw_from_bits((uint32_t)pw_u16(x + 2 * i) << 16);
}

PW_KERNEL void pw_from_float64(float *restrict y, const uint8_t *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    double value;
    memcpy(&value, x + 8 * i, 8);
    y[i] = (float)value;
  }
}

// Formats of 32 elements: a scale d, for some a minimum m, for five bits a word of high bits, then the low
// nibbles: those of elements 0 … 15 in the low halves of 16 bytes, of 16 … 31 in the high halves.

PW_KERNEL void pw_from_q4_0(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
  for (ptrdiff_t b = 0; b < blocks; b++, x += 18, y += 32) {
    const float d = pw_half(pw_u16(x));
    for (int j = 0; j < 16; j++) {
      y[j] = (float)((x[2 + j] & 15) - 8) * d;
      y[j + 16] = (float)((x[2 + j] >> 4) - 8) * d;
    }
  }
}

PW_KERNEL void pw_from_q4_1(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
#pragma clang fp contract(off)
  for (ptrdiff_t b = 0; b < blocks; b++, x += 20, y += 32) {
    const float d = pw_half(pw_u16(x)), m = pw_half(pw_u16(x + 2));
    for (int j = 0; j < 16; j++) {
      y[j] = (float)(x[4 + j] & 15) * d + m;
      y[j + 16] = (float)(x[4 + j] >> 4) * d + m;
    }
  }
}

PW_KERNEL void pw_from_q5_0(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
  for (ptrdiff_t b = 0; b < blocks; b++, x += 22, y += 32) {
    const float d = pw_half(pw_u16(x));
    const uint32_t high = pw_u32(x + 2);
    for (int j = 0; j < 16; j++) {
      int low = (x[6 + j] & 15) | (int)(high >> j & 1) << 4;
      int up = (x[6 + j] >> 4) | (int)(high >> (j + 16) & 1) << 4;
      y[j] = (float)(low - 16) * d;
      y[j + 16] = (float)(up - 16) * d;
    }
  }
}

PW_KERNEL void pw_from_q5_1(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
#pragma clang fp contract(off)
  for (ptrdiff_t b = 0; b < blocks; b++, x += 24, y += 32) {
    const float d = pw_half(pw_u16(x)), m = pw_half(pw_u16(x + 2));
    const uint32_t high = pw_u32(x + 4);
    for (int j = 0; j < 16; j++) {
      int low = (x[8 + j] & 15) | (int)(high >> j & 1) << 4;
      int up = (x[8 + j] >> 4) | (int)(high >> (j + 16) & 1) << 4;
      y[j] = (float)low * d + m;
      y[j + 16] = (float)up * d + m;
    }
  }
}

PW_KERNEL void pw_from_q8_0(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
  for (ptrdiff_t b = 0; b < blocks; b++, x += 34, y += 32) {
    const float d = pw_half(pw_u16(x));
    for (int j = 0; j < 32; j++) y[j] = (float)(int8_t)x[2 + j] * d;
  }
}

// Formats of 256 elements: scales of parts are themselves stored in few bits, times a scale for all.

// Six-bit scale and minimum of part j < 8, packed into 12 bytes.
PW_INLINE void pw_scale_min(const uint8_t *s, int j, int *scale, int *minimum) {
  if (j < 4) {
    *scale = s[j] & 63;
    *minimum = s[j + 4] & 63;
  } else {
    *scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    *minimum = (s[j + 4] >> 4) | (s[j] >> 6) << 4;
  }
}

// d, dmin, 12 bytes of scales, then 4 × 32 bytes: of each, low halves are 32 elements, high halves the next.
PW_KERNEL void pw_from_q4_k(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
#pragma clang fp contract(off)
  for (ptrdiff_t b = 0; b < blocks; b++, x += 144, y += 256) {
    const float d = pw_half(pw_u16(x)), least = pw_half(pw_u16(x + 2));
    for (int part = 0; part < 8; part++) {
      int scale, minimum;
      pw_scale_min(x + 4, part, &scale, &minimum);
      const float a = d * (float)scale, m = least * (float)minimum;
      const uint8_t *q = x + 16 + 32 * (part / 2);
      const int shift = part % 2 * 4;
      for (int l = 0; l < 32; l++) y[32 * part + l] = a * (float)(q[l] >> shift & 15) - m;
    }
  }
}

// 128 bytes of low nibbles, 64 of two high bits, 16 signed scales, d. Either half of 128 elements has four
// runs of 32, which share the bytes of high bits and pairwise those of low nibbles.
PW_KERNEL void pw_from_q6_k(float *restrict y, const uint8_t *restrict x, ptrdiff_t blocks) {
  for (ptrdiff_t b = 0; b < blocks; b++, x += 210, y += 256) {
    const float d = pw_half(pw_u16(x + 208));
    for (int part = 0; part < 16; part++) {
      const int half = part / 8, run = part / 2 % 4, start = part % 2 * 16;
      const uint8_t *low = x + 64 * half + 32 * (run % 2) + start;
      const uint8_t *high = x + 128 + 32 * half + start;
      const int low_shift = run / 2 * 4, high_shift = 2 * run;
      const float a = d * (float)(int8_t)x[192 + part];
      for (int l = 0; l < 16; l++) {
        int q = (low[l] >> low_shift & 15) | (high[l] >> high_shift & 3) << 4;
        y[16 * part + l] = a * (float)(q - 32);
      }
    }
  }
}
