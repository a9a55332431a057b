#ifndef PW_HDF5_WALK_H
#define PW_HDF5_WALK_H
#include <hdf5.h>
#include <stdint.h>

/// Where the catalogue goes, and what has been seen so far. Only the child has one.
struct pw_walk {
  int out;
  uint64_t file_size;
  /// Stored bytes of all datasets so far: overlapping storage would let a small file look large.
  uint64_t stored;
  unsigned links;
  char path[2048];
  int refused;
  char place[2400];
  const char *message;
  uint8_t buffer[1 << 16];
  size_t buffered;
};

void pw_emit(struct pw_walk *w, const void *bytes, size_t count);
void pw_emit_u8(struct pw_walk *w, uint8_t value);
void pw_emit_u32(struct pw_walk *w, uint32_t value);
void pw_emit_u64(struct pw_walk *w, uint64_t value);
void pw_emit_text(struct pw_walk *w, const char *text);
void pw_flush(struct pw_walk *w);

/// Notes the first refusal, which ends the walk. `message` is a literal. Always returns −1.
int pw_refuse(struct pw_walk *w, const char *place, const char *message);

/// Sends one dataset, or refuses it. 0 or −1.
int pw_walk_dataset(struct pw_walk *w, hid_t dataset);

/// Sends the attributes of `object`, or refuses one. 0 or −1.
int pw_walk_attributes(struct pw_walk *w, hid_t object);

/// Sends the whole file.
void pw_walk_file(struct pw_walk *w, int fd);

/// A file driver over a descriptor that only reads. Reads of raw data between
/// `pw_driver_record(1)` and `(0)` are not done: their address is remembered instead.
hid_t pw_driver_access_list(int fd, uint64_t file_size);
void pw_driver_record(int on);
haddr_t pw_driver_last_address(void);

#endif
