#ifndef PW_HDF5_PROBE_H
#define PW_HDF5_PROBE_H
#include <stddef.h>
#include <stdint.h>

// Reading the structure of an HDF5 file that nobody vouches for.
//
// libhdf5 is not safe on damaged files. Measured with 1.10.8 by flipping every single bit (and setting
// every byte to 0 and 255) of the metadata of small files, each read in a process of its own by a reader
// that checked layout, sizes and types as we do:
//   contiguous, oldest format (h5py's default)         22,677 cases: 4 SIGSEGV
//   chunked and compressed, oldest format              78,126 cases: 23 SIGSEGV
//   full schema, oldest format, about a third of it   176,050 cases: 191 SIGSEGV, 16 SIGFPE, 3 SIGABRT,
//                                                                    39 endless loops
//   full schema, format of 1.10 with checksums        163,167 cases: none
// No case took much memory; none of 2,300 truncations did harm. Of the last-but-one's 249 fatal cases the
// child contains 245; our reader refuses or reads the rest. Checksums are no help against a file
// that was made to do harm, so the library only ever parses a foreign file in a child process with
// bounded memory and time. The child sends back a catalogue: what datasets there are and where their
// bytes lie. The parent reads those bytes itself, checking every bound, and never hands the file to
// libhdf5.

/// How taking the catalogue ended.
enum pw_hdf5_outcome {
  /// `bytes` is the catalogue, ended by its end mark or by a refusal.
  PW_HDF5_DONE = 0,
  /// The child was killed by `detail`, a signal number.
  PW_HDF5_CRASHED = 1,
  /// The child did not end within `seconds`.
  PW_HDF5_TIMEOUT = 2,
  /// The child ended early with exit code `detail`, or sent more than `max_bytes`.
  PW_HDF5_INCOMPLETE = 3,
  /// A system call failed; `detail` is errno.
  PW_HDF5_SYSTEM = 4,
};

struct pw_hdf5_result {
  enum pw_hdf5_outcome outcome;
  int detail;
  /// Freed by `pw_hdf5_result_free`.
  uint8_t *bytes;
  size_t count;
};

struct pw_hdf5_limits {
  /// Address space the child may add to what the process has, and bytes it may send back.
  uint64_t memory_bytes;
  uint64_t max_bytes;
  /// Wall-clock time, and processor time of the child.
  uint32_t seconds;
  uint32_t cpu_seconds;
};

/// Takes the catalogue of the file open as `fd` in a child process. No other thread may be inside
/// libhdf5 during the call: the child inherits the state of the library.
///
/// Records, in host byte order; a text is a u32 length and its bytes, a path starts without slash:
///   'G' text path
///   'A' text owner, text name, u8 kind: 's' text value | 'i' u32 n, n × i64 | 'f' u32 n, n × f64
///   'D' text path, u8 class ('i','u','f','s'), u8 big-endian, u32 size, u8 rank, rank × u64 extents,
///       u8 filters, filters × u32 (1 deflate, 2 shuffle, 3 fletcher32), u8 layout:
///         'c' u64 n, n bytes             compact
///         'l' u64 address, u64 size      contiguous ("linear"); address ~0 where nothing is stored
///         'k' rank × u64 chunk extents, u64 n, n × (u64 address, u32 size, u32 filter mask), where
///             n is the full grid of chunks, row-major
/// The last byte says how it ended: 'Z' complete; 'E' refused, perhaps in the middle of a record, with
/// before it the bytes of a place, those of a message, u32 and u32, their lengths.
void pw_hdf5_catalogue(int fd, uint64_t file_size, const struct pw_hdf5_limits *limits,
                       struct pw_hdf5_result *result);

void pw_hdf5_result_free(struct pw_hdf5_result *result);

/// Undoes `filters` (in the order they were applied) on one stored chunk. `stored` and `out` don't
/// overlap; `scratch` has `out_count + 4` bytes. Returns 0, or the filter that failed, or −1 if the
/// sizes don't agree.
int pw_hdf5_decode_chunk(const uint8_t *stored, size_t stored_count, const uint32_t *filters,
                         size_t filter_count, uint32_t filter_mask, size_t element_size,
                         uint8_t *out, size_t out_count, uint8_t *scratch);

/// The errno that made the last failed library call of this thread fail, or 0 if it was none.
int pw_hdf5_last_errno(void);

#endif
