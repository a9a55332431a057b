#ifndef PW_HDF5_SHIM_H
#define PW_HDF5_SHIM_H
#include <hdf5.h>
#endif
