#define _GNU_SOURCE
#include "walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 1000, MAX_DEPTH = 16, MAX_NAME = 255, MAX_ATTRIBUTES = 256 };
// Room for the names of some hundred thousand annotators.
enum { MAX_ATTRIBUTE_BYTES = 1 << 24 };

void pw_flush(struct pw_walk *w) {
  size_t sent = 0;
  while (sent < w->buffered) {
    ssize_t n = write(w->out, w->buffer + sent, w->buffered - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(3);  // the parent has had enough
    sent += (size_t)n;
  }
  w->buffered = 0;
}

void pw_emit(struct pw_walk *w, const void *bytes, size_t count) {
  const uint8_t *from = bytes;
  while (count > 0) {
    if (w->buffered == sizeof w->buffer) pw_flush(w);
    size_t room = sizeof w->buffer - w->buffered;
    size_t n = count < room ? count : room;
    memcpy(w->buffer + w->buffered, from, n);
    w->buffered += n;
    from += n;
    count -= n;
  }
}

void pw_emit_u8(struct pw_walk *w, uint8_t value) { pw_emit(w, &value, 1); }
void pw_emit_u32(struct pw_walk *w, uint32_t value) { pw_emit(w, &value, 4); }
void pw_emit_u64(struct pw_walk *w, uint64_t value) { pw_emit(w, &value, 8); }

void pw_emit_text(struct pw_walk *w, const char *text) {
  size_t n = strlen(text);
  pw_emit_u32(w, (uint32_t)n);
  pw_emit(w, text, n);
}

int pw_refuse(struct pw_walk *w, const char *place, const char *message) {
  if (w->refused) return -1;
  w->refused = 1;
  snprintf(w->place, sizeof w->place, "%s", place);
  w->message = message;
  return -1;
}

/// Names end up in messages and on terminals: no control characters, no slashes, not too long.
static int name_is_plain(const char *name) {
  size_t n = strnlen(name, MAX_NAME + 1);
  if (n == 0 || n > MAX_NAME) return 0;
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)name[i];
    if (c < 0x20 || c == 0x7f || c == '/') return 0;
  }
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

struct attribute_cursor {
  struct pw_walk *walk;
  unsigned seen;
};

static void emit_attribute_head(struct pw_walk *w, const char *name, char kind) {
  pw_emit_u8(w, 'A');
  pw_emit_text(w, w->path);
  pw_emit_text(w, name);
  pw_emit_u8(w, (uint8_t)kind);
}

static int refuse_attribute(struct pw_walk *w, const char *name, const char *message) {
  char place[sizeof w->path + MAX_NAME + 32];
  snprintf(place, sizeof place, "%s attribute %s", w->path[0] ? w->path : "root", name);
  return pw_refuse(w, place, message);
}

static int send_variable_text(struct pw_walk *w, hid_t attribute, hid_t type, const char *name,
                              hssize_t count) {
  if (count != 1) return refuse_attribute(w, name, "lists of variable-length texts are not supported");
  char *text = NULL;
  if (H5Aread(attribute, type, &text) < 0) return refuse_attribute(w, name, "damaged value");
  size_t n = text ? strnlen(text, MAX_ATTRIBUTE_BYTES + 1) : 0;
  if (n > MAX_ATTRIBUTE_BYTES) return refuse_attribute(w, name, "larger than 16 MiB");
  emit_attribute_head(w, name, 's');
  pw_emit_u32(w, (uint32_t)n);
  if (n) pw_emit(w, text, n);
  return 0;  // the text is freed with the process
}

static int send_value(struct pw_walk *w, hid_t attribute, hid_t type, const char *name,
                      hssize_t count) {
  static union {
    char bytes[MAX_ATTRIBUTE_BYTES];
    int64_t integers[MAX_ATTRIBUTE_BYTES / 8];
    double numbers[MAX_ATTRIBUTE_BYTES / 8];
  } value;
  H5T_class_t class = H5Tget_class(type);
  size_t size = class == H5T_STRING ? H5Tget_size(type) : 8;
  if (count < 0 || size == 0 || size > sizeof value || (size_t)count > sizeof value / size)
    return refuse_attribute(w, name, "larger than 16 MiB");
  hid_t memory = class == H5T_STRING    ? type
                 : class == H5T_INTEGER ? H5T_NATIVE_INT64
                                        : H5T_NATIVE_DOUBLE;
  if (class == H5T_STRING && count != 1)
    return refuse_attribute(w, name, "lists of texts are not supported");
  if (H5Aread(attribute, memory, &value) < 0) return refuse_attribute(w, name, "damaged value");
  if (class == H5T_STRING) {
    emit_attribute_head(w, name, 's');
    size_t n = strnlen(value.bytes, size);
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
      while (n > 0 && value.bytes[n - 1] == ' ') n--;
    pw_emit_u32(w, (uint32_t)n);
    pw_emit(w, value.bytes, n);
    return 0;
  }
  emit_attribute_head(w, name, class == H5T_INTEGER ? 'i' : 'f');
  pw_emit_u32(w, (uint32_t)count);
  pw_emit(w, &value, (size_t)count * 8);
  return 0;
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data) {
  (void)info;
  struct attribute_cursor *cursor = data;
  struct pw_walk *w = cursor->walk;
  if (++cursor->seen > MAX_ATTRIBUTES) return pw_refuse(w, w->path, "more than 256 attributes");
  if (!name_is_plain(name))
    return pw_refuse(w, w->path, "an attribute name is empty, longer than 255 bytes or not plain text");
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0) return refuse_attribute(w, name, "damaged attribute");
  hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  int status = -1;
  if (type < 0 || space < 0) {
    refuse_attribute(w, name, "damaged attribute");
  } else {
    H5T_class_t class = H5Tget_class(type);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    if (class == H5T_STRING && H5Tis_variable_str(type) > 0)
      status = send_variable_text(w, attribute, type, name, count);
    else if (class == H5T_STRING || class == H5T_INTEGER || class == H5T_FLOAT)
      status = send_value(w, attribute, type, name, count);
    else
      refuse_attribute(w, name, "only texts, integers and floats are supported");
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
  return status;
}

int pw_walk_attributes(struct pw_walk *w, hid_t object) {
  struct attribute_cursor cursor = {w, 0};
  if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, &cursor) < 0)
    return pw_refuse(w, w->path, "damaged attributes");
  return 0;
}

struct group_cursor {
  struct pw_walk *walk;
  int depth;
};

static int walk_group(struct pw_walk *w, hid_t group, int depth);

static int walk_object(struct pw_walk *w, hid_t group, const char *name, int depth) {
  hid_t object = H5Oopen(group, name, H5P_DEFAULT);
  if (object < 0) return pw_refuse(w, w->path, "damaged object header");
  int status = -1;
  switch (H5Iget_type(object)) {
    case H5I_GROUP: status = walk_group(w, object, depth + 1); break;
    case H5I_DATASET: status = pw_walk_dataset(w, object); break;
    default: pw_refuse(w, w->path, "only groups and datasets are supported");
  }
  H5Oclose(object);
  return status;
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  struct group_cursor *cursor = data;
  struct pw_walk *w = cursor->walk;
  if (++w->links > MAX_LINKS) return pw_refuse(w, w->path, "more than 1000 groups and datasets");
  if (!name_is_plain(name))
    return pw_refuse(w, w->path, "a name is empty, longer than 255 bytes or not plain text");
  size_t parent = strlen(w->path), length = strlen(name);
  if (parent + length + 2 > sizeof w->path) return pw_refuse(w, w->path, "groups nested too deeply");
  if (parent > 0) w->path[parent] = '/';
  memcpy(w->path + parent + (parent > 0), name, length + 1);
  int status = -1;
  switch (info->type) {
    case H5L_TYPE_HARD: status = walk_object(w, group, name, cursor->depth); break;
    case H5L_TYPE_SOFT: pw_refuse(w, w->path, "soft links are refused"); break;
    case H5L_TYPE_EXTERNAL: pw_refuse(w, w->path, "links to other files are refused"); break;
    default: pw_refuse(w, w->path, "unknown kind of link");
  }
  w->path[parent] = 0;
  return status;
}

static int walk_group(struct pw_walk *w, hid_t group, int depth) {
  if (depth > MAX_DEPTH) return pw_refuse(w, w->path, "groups nested too deeply");
  pw_emit_u8(w, 'G');
  pw_emit_text(w, w->path);
  if (pw_walk_attributes(w, group) < 0) return -1;
  struct group_cursor cursor = {w, depth};
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &cursor) < 0)
    return pw_refuse(w, w->path, "damaged group");
  return 0;
}

void pw_walk_file(struct pw_walk *w, int fd) {
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  hid_t access = pw_driver_access_list(fd, w->file_size);
  hid_t file = access < 0 ? -1 : H5Fopen("file", H5F_ACC_RDONLY, access);
  if (file < 0) {
    pw_refuse(w, "", "not an HDF5 file, or damaged at its start");
  } else {
    hid_t creation = H5Fget_create_plist(file);
    hsize_t user_block = 1;
    if (creation < 0 || H5Pget_userblock(creation, &user_block) < 0 || user_block != 0)
      pw_refuse(w, "", "HDF5 files with a user block are not supported");
    else if (walk_group(w, file, 0) == 0 && !w->refused)
      pw_emit_u8(w, 'Z');
  }
  if (w->refused) {
    pw_emit(w, w->place, strlen(w->place));
    pw_emit(w, w->message, strlen(w->message));
    pw_emit_u32(w, (uint32_t)strlen(w->place));
    pw_emit_u32(w, (uint32_t)strlen(w->message));
    pw_emit_u8(w, 'E');
  }
  pw_flush(w);
}
