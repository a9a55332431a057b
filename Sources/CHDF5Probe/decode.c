#include <string.h>
#include <zlib.h>

#include "pw_hdf5_probe.h"

enum { DEFLATE = 1, SHUFFLE = 2, FLETCHER32 = 3 };

/// The checksum of HDF5's filter: sums over big-endian 16-bit words, folded to 16 bits each.
static uint32_t fletcher32(const uint8_t *bytes, size_t count) {
  uint32_t sum1 = 0, sum2 = 0;
  size_t words = count / 2;
  while (words > 0) {
    size_t block = words > 360 ? 360 : words;  // the most that cannot overflow
    words -= block;
    for (; block > 0; block--, bytes += 2) {
      sum1 += (uint32_t)bytes[0] << 8 | bytes[1];
      sum2 += sum1;
    }
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  }
  if (count % 2) {
    sum1 += (uint32_t)bytes[0] << 8;
    sum2 += sum1;
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  }
  sum1 = (sum1 & 0xffff) + (sum1 >> 16);
  sum2 = (sum2 & 0xffff) + (sum2 >> 16);
  return sum2 << 16 | sum1;
}

/// Byte planes back to elements; the rest that makes no whole element follows as it is.
static void unshuffle(const uint8_t *restrict from, uint8_t *restrict to, size_t count,
                      size_t size) {
  size_t n = count / size;
  if (size == 4) {
    const uint8_t *a = from, *b = from + n, *c = from + 2 * n, *d = from + 3 * n;
    for (size_t i = 0; i < n; i++) {
      to[4 * i] = a[i];
      to[4 * i + 1] = b[i];
      to[4 * i + 2] = c[i];
      to[4 * i + 3] = d[i];
    }
  } else {
    for (size_t plane = 0; plane < size; plane++)
      for (size_t i = 0; i < n; i++) to[i * size + plane] = from[plane * n + i];
  }
  memcpy(to + n * size, from + n * size, count - n * size);
}

static int inflate_exactly(const uint8_t *from, size_t count, uint8_t *to, size_t room,
                           size_t *written) {
  z_stream stream = {.next_in = (Bytef *)from,
                     .avail_in = (uInt)count,
                     .next_out = to,
                     .avail_out = (uInt)room};
  if (count > UINT32_MAX || room > UINT32_MAX || inflateInit(&stream) != Z_OK) return -1;
  int status = inflate(&stream, Z_FINISH);
  *written = stream.total_out;
  inflateEnd(&stream);
  return status == Z_STREAM_END ? 0 : -1;
}

int pw_hdf5_decode_chunk(const uint8_t *stored, size_t stored_count, const uint32_t *filters,
                         size_t filter_count, uint32_t filter_mask, size_t element_size,
                         uint8_t *out, size_t out_count, uint8_t *scratch) {
  const uint8_t *now = stored;  // always one of stored, out, scratch
  size_t count = stored_count, room = out_count + 4;
  for (size_t i = filter_count; i-- > 0;) {
    if (i < 32 && filter_mask >> i & 1) continue;  // this chunk was stored without it
    if (filters[i] == FLETCHER32) {
      if (count < 4) return FLETCHER32;
      const uint8_t *end = now + count - 4;
      uint32_t sum = (uint32_t)end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 |
                     (uint32_t)end[3] << 24;
      count -= 4;
      if (fletcher32(now, count) != sum) return FLETCHER32;
      continue;
    }
    uint8_t *to = now == scratch ? out : scratch;
    size_t limit = to == out ? out_count : room;
    if (filters[i] == DEFLATE) {
      if (inflate_exactly(now, count, to, limit, &count) != 0) return DEFLATE;
    } else if (filters[i] == SHUFFLE && element_size > 0) {
      if (count > limit) return SHUFFLE;
      unshuffle(now, to, count, element_size);
    } else {
      return -1;
    }
    now = to;
  }
  if (count != out_count) return -1;
  if (now != out) memcpy(out, now, count);
  return 0;
}
