#ifndef PW_KERNELS_H
#define PW_KERNELS_H
#include <stddef.h>
#include <stdint.h>
void pw_dummy(void);
#endif
