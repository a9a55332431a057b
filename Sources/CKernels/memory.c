// MADV_HUGEPAGE is not of the C standard.
#define _DEFAULT_SOURCE
#include "pw_kernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

void pw_keep_freed_blocks(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 0x7fffffff);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

void pw_use_large_pages(void *base, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  // Whole pages of the usual size; the system takes what of them makes large ones.
  uintptr_t page = 4096, start = ((uintptr_t)base + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)base + bytes) / page * page;
  if (end > start) madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
  (void)base;
  (void)bytes;
#endif
}
