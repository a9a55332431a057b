#include "pw_kernels.h"
void pw_dummy(void) {}
