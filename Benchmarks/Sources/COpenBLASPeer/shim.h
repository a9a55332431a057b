#ifndef BENCHMARKS_OPENBLAS_SHIM_H
#define BENCHMARKS_OPENBLAS_SHIM_H
#include <cblas.h>
#endif
