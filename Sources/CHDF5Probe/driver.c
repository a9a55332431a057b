#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "walk.h"

// One file per child process, so plain statics hold its state.
static int file_descriptor = -1;
static haddr_t end_of_file;
static int recording;
static haddr_t last_address = HADDR_UNDEF;

struct driver_file {
  H5FD_t base;  // first: libhdf5 sees only this
  haddr_t end_of_allocation;
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max_address) {
  (void)name, (void)access, (void)max_address;
  if (flags & (H5F_ACC_RDWR | H5F_ACC_CREAT | H5F_ACC_TRUNC)) return NULL;
  return calloc(1, sizeof(struct driver_file));
}

static herr_t driver_close(H5FD_t *file) {
  free(file);
  return 0;
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  *flags = H5FD_FEAT_ACCUMULATE_METADATA_READ;
  return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type) {
  (void)type;
  return ((const struct driver_file *)file)->end_of_allocation;
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address) {
  (void)type;
  ((struct driver_file *)file)->end_of_allocation = address;
  return 0;
}

static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type) {
  (void)file, (void)type;
  return end_of_file;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t size, void *buffer) {
  (void)file, (void)transfer;
  if (address > end_of_file || size > end_of_file - address) return -1;
  if (recording && type == H5FD_MEM_DRAW) {
    last_address = address;
    return 0;
  }
  uint8_t *to = buffer;
  while (size > 0) {
    ssize_t n = pread(file_descriptor, to, size, (off_t)address);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    to += n;
    size -= (size_t)n;
    address += (haddr_t)n;
  }
  return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t size, const void *buffer) {
  (void)file, (void)type, (void)transfer, (void)address, (void)size, (void)buffer;
  return -1;
}

static const H5FD_class_t driver_class = {
    .name = "pairwise_read_only",
    .maxaddr = ((haddr_t)1 << 62),
    .fc_degree = H5F_CLOSE_WEAK,
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .fl_map = H5FD_FLMAP_SINGLE,
};

hid_t pw_driver_access_list(int fd, uint64_t file_size) {
  file_descriptor = fd;
  end_of_file = (haddr_t)file_size;
  hid_t driver = H5FDregister(&driver_class);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (driver < 0 || access < 0 || H5Pset_driver(access, driver, NULL) < 0) return -1;
  return access;
}

void pw_driver_record(int on) {
  recording = on;
  last_address = HADDR_UNDEF;
}

haddr_t pw_driver_last_address(void) { return last_address; }
