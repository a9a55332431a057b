#ifndef PW_OPENBLAS_SHIM_H
#define PW_OPENBLAS_SHIM_H
#include <cblas.h>
#endif
