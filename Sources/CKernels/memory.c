#include "pw_kernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void pw_keep_freed_blocks(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 0x7fffffff);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}
