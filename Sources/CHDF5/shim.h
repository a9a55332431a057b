#ifndef PW_HDF5_SHIM_H
#define PW_HDF5_SHIM_H
#include <hdf5.h>

// Macros that stand for a call and a global are not visible to Swift; each gets a function.
static inline hid_t pw_h5t_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t pw_h5t_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t pw_h5t_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t pw_h5t_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t pw_h5t_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t pw_h5t_native_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t pw_h5t_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t pw_h5t_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t pw_h5t_std_i8le(void) { return H5T_STD_I8LE; }
static inline hid_t pw_h5t_std_i16le(void) { return H5T_STD_I16LE; }
static inline hid_t pw_h5t_std_i32le(void) { return H5T_STD_I32LE; }
static inline hid_t pw_h5t_std_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t pw_h5t_std_u8le(void) { return H5T_STD_U8LE; }
static inline hid_t pw_h5t_std_u32le(void) { return H5T_STD_U32LE; }
static inline hid_t pw_h5t_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t pw_h5t_ieee_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t pw_h5t_ieee_f32be(void) { return H5T_IEEE_F32BE; }
static inline hid_t pw_h5t_ieee_f16le(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
      H5Tset_ebias(type, 15) < 0)
    return -1;
  return type;
}
static inline hid_t pw_h5t_c_s1(void) { return H5T_C_S1; }
static inline size_t pw_h5t_variable(void) { return H5T_VARIABLE; }
static inline hid_t pw_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t pw_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t pw_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t pw_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t pw_h5p_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t pw_h5p_default(void) { return H5P_DEFAULT; }
static inline unsigned pw_h5f_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline hid_t pw_h5s_all(void) { return H5S_ALL; }
static inline hsize_t pw_h5s_unlimited(void) { return H5S_UNLIMITED; }

#endif
