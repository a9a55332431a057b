#include <stdlib.h>
#include <string.h>

#include "walk.h"

enum { MAX_RANK = 3, MAX_FILTERS = 4, MAX_TEXT = 4096, MAX_COMPACT = 1 << 16 };
static const uint64_t max_chunk_bytes = 64u << 20;
static const uint64_t max_chunks = 1u << 22;

struct shape {
  int rank;
  hsize_t extent[MAX_RANK];
  uint64_t size;   // bytes of one element
  uint64_t bytes;  // of all elements
};

static int multiply(uint64_t a, uint64_t b, uint64_t *product) {
  return __builtin_mul_overflow(a, b, product) || *product > ((uint64_t)1 << 62);
}

static int send_type(struct pw_walk *w, hid_t type) {
  static const char wanted[] =
      "expected float32, float64, an integer of 8 to 64 bits or a fixed-length text";
  H5T_class_t class = H5Tget_class(type);
  if (class == H5T_STRING) {
    size_t size = H5Tget_size(type);
    if (H5Tis_variable_str(type) != 0 || size == 0 || size > MAX_TEXT)
      return pw_refuse(w, w->path, wanted);
    pw_emit_u8(w, 's'), pw_emit_u8(w, 0), pw_emit_u32(w, (uint32_t)size);
    return 0;
  }
  const struct { hid_t type; char class; uint8_t big; uint8_t size; } accepted[] = {
      {H5T_IEEE_F32LE, 'f', 0, 4}, {H5T_IEEE_F64LE, 'f', 0, 8}, {H5T_IEEE_F32BE, 'f', 1, 4},
      {H5T_IEEE_F64BE, 'f', 1, 8}, {H5T_STD_I8LE, 'i', 0, 1},   {H5T_STD_U8LE, 'u', 0, 1},
      {H5T_STD_I16LE, 'i', 0, 2},  {H5T_STD_U16LE, 'u', 0, 2},  {H5T_STD_I32LE, 'i', 0, 4},
      {H5T_STD_U32LE, 'u', 0, 4},  {H5T_STD_I64LE, 'i', 0, 8},  {H5T_STD_U64LE, 'u', 0, 8},
      {H5T_STD_I8BE, 'i', 1, 1},   {H5T_STD_U8BE, 'u', 1, 1},   {H5T_STD_I16BE, 'i', 1, 2},
      {H5T_STD_U16BE, 'u', 1, 2},  {H5T_STD_I32BE, 'i', 1, 4},  {H5T_STD_U32BE, 'u', 1, 4},
      {H5T_STD_I64BE, 'i', 1, 8},  {H5T_STD_U64BE, 'u', 1, 8},
  };
  if (class == H5T_INTEGER || class == H5T_FLOAT)
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++)
      if (H5Tequal(type, accepted[i].type) > 0) {
        pw_emit_u8(w, (uint8_t)accepted[i].class);
        pw_emit_u8(w, accepted[i].big);
        pw_emit_u32(w, accepted[i].size);
        return 0;
      }
  return pw_refuse(w, w->path, wanted);
}

static int send_shape(struct pw_walk *w, hid_t space, size_t element, struct shape *shape) {
  shape->rank = H5Sget_simple_extent_ndims(space);
  H5S_class_t class = H5Sget_simple_extent_type(space);
  if (class != H5S_SIMPLE && class != H5S_SCALAR)
    return pw_refuse(w, w->path, "no extents: a null dataspace is not supported");
  if (shape->rank < 0 || shape->rank > MAX_RANK)
    return pw_refuse(w, w->path, "more than 3 dimensions");
  if (shape->rank > 0 && H5Sget_simple_extent_dims(space, shape->extent, NULL) < 0)
    return pw_refuse(w, w->path, "damaged extents");
  shape->size = element;
  shape->bytes = element;
  pw_emit_u8(w, (uint8_t)shape->rank);
  for (int axis = 0; axis < shape->rank; axis++) {
    if (multiply(shape->bytes, shape->extent[axis], &shape->bytes))
      return pw_refuse(w, w->path, "declares more elements than the file holds");
    pw_emit_u64(w, shape->extent[axis]);
  }
  return 0;
}

static int send_filters(struct pw_walk *w, hid_t creation, struct shape *shape, int *filters) {
  int count = H5Pget_nfilters(creation);
  if (count < 0 || count > MAX_FILTERS) return pw_refuse(w, w->path, "damaged list of filters");
  pw_emit_u8(w, (uint8_t)count);
  for (int i = 0; i < count; i++) {
    unsigned flags = 0, config = 0, values[8] = {0};
    size_t value_count = 8;
    H5Z_filter_t id =
        H5Pget_filter2(creation, (unsigned)i, &flags, &value_count, values, 0, NULL, &config);
    if (id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_SHUFFLE && id != H5Z_FILTER_FLETCHER32)
      return pw_refuse(w, w->path, "only the filters deflate, shuffle and fletcher32 are supported");
    if (id == H5Z_FILTER_SHUFFLE && (value_count < 1 || values[0] != shape->size))
      return pw_refuse(w, w->path, "shuffle filter of another element size");
    pw_emit_u32(w, (uint32_t)id);
  }
  *filters = count;
  return 0;
}

static int count_stored(struct pw_walk *w, uint64_t bytes) {
  if (bytes > w->file_size - w->stored)
    return pw_refuse(w, w->path, "declares more elements than the file holds");
  w->stored += bytes;
  return 0;
}

static int send_contiguous(struct pw_walk *w, hid_t dataset, struct shape *shape) {
  haddr_t address = H5Dget_offset(dataset);
  uint64_t size = address == HADDR_UNDEF ? 0 : H5Dget_storage_size(dataset);
  if (shape->bytes > size) return pw_refuse(w, w->path, "declares more elements than the file holds");
  if (shape->bytes > 0 &&
      (address > w->file_size || shape->bytes > w->file_size - address))
    return pw_refuse(w, w->path, "lies beyond the end of the file");
  if (count_stored(w, shape->bytes) < 0) return -1;
  pw_emit_u8(w, 'l');
  pw_emit_u64(w, address);
  pw_emit_u64(w, shape->bytes);
  return 0;
}

static int send_compact(struct pw_walk *w, hid_t dataset, hid_t type, struct shape *shape) {
  static uint8_t bytes[MAX_COMPACT];
  if (shape->bytes > sizeof bytes || H5Dget_storage_size(dataset) != shape->bytes)
    return pw_refuse(w, w->path, "declares more elements than the file holds");
  if (count_stored(w, shape->bytes) < 0) return -1;
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
    return pw_refuse(w, w->path, "damaged values");
  pw_emit_u8(w, 'c');
  pw_emit_u64(w, shape->bytes);
  pw_emit(w, bytes, shape->bytes);
  return 0;
}

static int send_chunk(struct pw_walk *w, hid_t dataset, const hsize_t *offset, uint64_t chunk_bytes,
                      int filters) {
  hsize_t size = 0;
  uint32_t mask = 0;
  uint8_t unused[1];
  pw_driver_record(1);
  int status = H5Dget_chunk_storage_size(dataset, offset, &size) < 0 || size == 0 ||
               H5Dread_chunk(dataset, H5P_DEFAULT, offset, &mask, unused) < 0;
  haddr_t address = pw_driver_last_address();
  pw_driver_record(0);
  if (status || address == HADDR_UNDEF)
    return pw_refuse(w, w->path, "a chunk is missing: the dataset was not written completely");
  if (address > w->file_size || size > w->file_size - address || size > UINT32_MAX)
    return pw_refuse(w, w->path, "lies beyond the end of the file");
  if ((filters == 0 && size != chunk_bytes) || count_stored(w, size) < 0)
    return pw_refuse(w, w->path, "damaged list of chunks");
  pw_emit_u64(w, address);
  pw_emit_u32(w, (uint32_t)size);
  pw_emit_u32(w, mask);
  return 0;
}

static int send_chunks(struct pw_walk *w, hid_t dataset, hid_t creation, struct shape *shape,
                       int filters) {
  hsize_t chunk[MAX_RANK + 1];
  unsigned options = 0;
  if (shape->rank < 1 || H5Pget_chunk(creation, MAX_RANK, chunk) != shape->rank)
    return pw_refuse(w, w->path, "damaged chunk extents");
  if (H5Pget_chunk_opts(creation, &options) < 0 || options != 0)
    return pw_refuse(w, w->path, "unfiltered edge chunks are not supported");
  uint64_t grid[MAX_RANK], count = 1, bytes = shape->size;
  pw_emit_u8(w, 'k');
  for (int axis = 0; axis < shape->rank; axis++) {
    if (chunk[axis] == 0 || multiply(bytes, chunk[axis], &bytes) || bytes > max_chunk_bytes)
      return pw_refuse(w, w->path, "a chunk is larger than 64 MiB");
    grid[axis] = shape->extent[axis] / chunk[axis] + (shape->extent[axis] % chunk[axis] != 0);
    if (multiply(count, grid[axis], &count)) count = max_chunks + 1;
    pw_emit_u64(w, chunk[axis]);
  }
  if (count > max_chunks || count > w->file_size)
    return pw_refuse(w, w->path, "declares more chunks than the file holds");
  pw_emit_u64(w, count);
  uint64_t at[MAX_RANK] = {0};
  for (uint64_t i = 0; i < count; i++) {
    hsize_t offset[MAX_RANK];
    for (int axis = 0; axis < shape->rank; axis++) offset[axis] = at[axis] * chunk[axis];
    if (send_chunk(w, dataset, offset, bytes, filters) < 0) return -1;
    for (int axis = shape->rank - 1; axis >= 0 && ++at[axis] == grid[axis]; axis--) at[axis] = 0;
  }
  return 0;
}

static int send_storage(struct pw_walk *w, hid_t dataset, hid_t type, hid_t creation,
                        struct shape *shape) {
  int filters = 0;
  if (H5Pget_external_count(creation) != 0)
    return pw_refuse(w, w->path, "storage in other files is refused");
  H5D_layout_t layout = H5Pget_layout(creation);
  if (layout == H5D_VIRTUAL) return pw_refuse(w, w->path, "virtual datasets are refused");
  if (send_filters(w, creation, shape, &filters) < 0) return -1;
  if (filters > 0 && layout != H5D_CHUNKED) return pw_refuse(w, w->path, "filters without chunks");
  switch (layout) {
    case H5D_CONTIGUOUS: return send_contiguous(w, dataset, shape);
    case H5D_COMPACT: return send_compact(w, dataset, type, shape);
    case H5D_CHUNKED: return send_chunks(w, dataset, creation, shape, filters);
    default: return pw_refuse(w, w->path, "unknown storage layout");
  }
}

int pw_walk_dataset(struct pw_walk *w, hid_t dataset) {
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  hid_t creation = H5Dget_create_plist(dataset);
  struct shape shape = {0};
  int status = -1;
  if (type < 0 || space < 0 || creation < 0) {
    pw_refuse(w, w->path, "damaged dataset");
  } else {
    pw_emit_u8(w, 'D');
    pw_emit_text(w, w->path);
    if (send_type(w, type) == 0 && send_shape(w, space, H5Tget_size(type), &shape) == 0 &&
        send_storage(w, dataset, type, creation, &shape) == 0)
      status = pw_walk_attributes(w, dataset);
  }
  H5Pclose(creation);
  H5Sclose(space);
  H5Tclose(type);
  return status;
}
