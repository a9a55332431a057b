#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "pw_hdf5_probe.h"

/// The file driver puts `errno = 28` into the description of its error; there is no other way to it.
static herr_t visit_error(unsigned depth, const H5E_error2_t *error, void *found) {
  (void)depth;
  static const char mark[] = "errno = ";
  const char *at = error->desc ? strstr(error->desc, mark) : NULL;
  if (at) *(int *)found = atoi(at + sizeof mark - 1);
  return 0;
}

int pw_hdf5_last_errno(void) {
  int found = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, visit_error, &found);
  return found;
}
