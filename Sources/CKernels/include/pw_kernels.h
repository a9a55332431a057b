// Vector kernels: pure functions over float arrays, no allocation, no global state.
//
// Names: T, R rows; N, D columns; n plain counts. Arrays are contiguous and row-major unless a stride
// is given, and outputs never overlap inputs unless a comment says so. Kernels whose name ends in
// `_vjp` add nothing: they write dx = dy · f'(·). Kernels named `_accumulate` add into their output
// one term after the other, in row order, so that splitting the rows over several calls gives the
// same bits as one call.
#ifndef PW_KERNELS_H
#define PW_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- elementwise.c: y[i] = f(x[i]), i < n --------------------------------------------------------
void pw_exp(float *y, const float *x, ptrdiff_t n);
void pw_log(float *y, const float *x, ptrdiff_t n);
void pw_log1p(float *y, const float *x, ptrdiff_t n);
void pw_expm1(float *y, const float *x, ptrdiff_t n);
void pw_tanh(float *y, const float *x, ptrdiff_t n);
void pw_erf(float *y, const float *x, ptrdiff_t n);
void pw_sqrt(float *y, const float *x, ptrdiff_t n);
void pw_abs(float *y, const float *x, ptrdiff_t n);
void pw_relu(float *y, const float *x, ptrdiff_t n);
void pw_gelu(float *y, const float *x, ptrdiff_t n);       // exact: x·Φ(x)
void pw_gelu_tanh(float *y, const float *x, ptrdiff_t n);  // the tanh approximation of GPT-2
void pw_silu(float *y, const float *x, ptrdiff_t n);
void pw_sigmoid(float *y, const float *x, ptrdiff_t n);
void pw_log_sigmoid(float *y, const float *x, ptrdiff_t n);
void pw_softplus(float *y, const float *x, ptrdiff_t n);
void pw_log1mexp(float *y, const float *x, ptrdiff_t n);  // log(1 − e^x), x < 0

// dx[i] = dy[i] · f'(x[i]); for exp and sqrt x is the *output* of the forward pass.
void pw_log_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_log1p_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_expm1_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_tanh_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_erf_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_sqrt_vjp(float *dx, const float *y, const float *dy, ptrdiff_t n);
void pw_abs_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_relu_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_gelu_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_gelu_tanh_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_silu_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_sigmoid_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_log_sigmoid_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_softplus_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);
void pw_log1mexp_vjp(float *dx, const float *x, const float *dy, ptrdiff_t n);

// Gate and up side by side: y[r, j] = silu(x[r, j]) · x[r, n + j], j < n.
void pw_swiglu(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
void pw_swiglu_vjp(float *dx, const float *x, const float *dy, ptrdiff_t rows, ptrdiff_t n);

// ---- arithmetic.c: y may be a, but for pw_axpy ---------------------------------------------------
void pw_add(float *y, const float *a, const float *b, ptrdiff_t n);
void pw_sub(float *y, const float *a, const float *b, ptrdiff_t n);
void pw_mul(float *y, const float *a, const float *b, ptrdiff_t n);
void pw_div(float *y, const float *a, const float *b, ptrdiff_t n);
void pw_max(float *y, const float *a, const float *b, ptrdiff_t n);  // NaN if either is
void pw_add_scalar(float *y, const float *a, float s, ptrdiff_t n);
void pw_scale(float *y, const float *a, float s, ptrdiff_t n);
void pw_div_scalar(float *y, const float *a, float s, ptrdiff_t n);  // a / s
void pw_scalar_sub(float *y, float s, const float *a, ptrdiff_t n);  // s − a
void pw_scalar_div(float *y, float s, const float *a, ptrdiff_t n);  // s / a
// y[i] += s · x[i]
void pw_axpy(float *y, float s, const float *x, ptrdiff_t n);
// y[r, j] += bias[j], then rectified if relu != 0.
void pw_bias_rows(float *y, const float *bias, ptrdiff_t rows, ptrdiff_t n, int relu);

// ---- reduce.c ------------------------------------------------------------------------------------
double pw_sum(const float *x, ptrdiff_t n);           // fixed lane order, in double
double pw_sum_squares(const float *x, ptrdiff_t n);   // fixed lane order, in double
float pw_max_value(const float *x, ptrdiff_t n);      // NaN if any element is, −inf if there is none
// First i with a non-finite x[i], or −1.
ptrdiff_t pw_first_nonfinite(const float *x, ptrdiff_t n);
// y[r] = Σ_j x[r, j]
void pw_sum_rows(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
// y[j] += Σ_r x[r, j]
void pw_sum_columns_accumulate(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
// y[r] = Σ_j a[r, j] · b[r, j]
void pw_dot_rows(float *y, const float *a, const float *b, ptrdiff_t rows, ptrdiff_t n);

// ---- softmax.c: along rows of length n -----------------------------------------------------------
void pw_softmax_rows(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
void pw_log_softmax_rows(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
// All −inf, or no element, gives −inf; +inf among them gives +inf.
void pw_log_sum_exp_rows(float *y, const float *x, ptrdiff_t rows, ptrdiff_t n);
void pw_softmax_rows_vjp(float *dx, const float *y, const float *dy, ptrdiff_t rows, ptrdiff_t n);
void pw_log_softmax_rows_vjp(float *dx, const float *y, const float *dy, ptrdiff_t rows, ptrdiff_t n);
// dx[r, j] = dy[r] · exp(x[r, j] − y[r])
void pw_log_sum_exp_rows_vjp(
    float *dx, const float *x, const float *y, const float *dy, ptrdiff_t rows, ptrdiff_t n);

// ---- mixture.c -----------------------------------------------------------------------------------
// odds[r] = log P − log(1 − P), P = Σ_k w_k·σ(δ_k), of margins δ [rows, heads] and log w in rows `weight_row` apart (0:
// one for all); slope[r, k] = ∂odds[r]/∂δ_k, shift[r, k] = ∂odds[r]/∂log w_k. No slopes if `slope` is null. `scratch` has
// room for 32 floats a head.
void pw_mixture_log_odds(
    float *odds, float *slope, float *shift, const float *margin, const float *log_weight,
    ptrdiff_t weight_row, float *scratch, ptrdiff_t rows, ptrdiff_t heads);
// y[i] = Σ_j x[i, j] · w[i / each, j], in double
void pw_weighted_rows(
    float *y, const float *x, const float *w, ptrdiff_t each, ptrdiff_t rows, ptrdiff_t n);
// dx[i, j] = dy[i] · w[i / each, j]
void pw_weighted_rows_dx(
    float *dx, const float *w, const float *dy, ptrdiff_t each, ptrdiff_t rows, ptrdiff_t n);
// dw[i, j] = Σ_e dy[i·each + e] · x[i·each + e, j]
void pw_weighted_rows_dw(
    float *dw, const float *x, const float *dy, ptrdiff_t each, ptrdiff_t rows, ptrdiff_t n);

// ---- norm.c: along rows of length n; gain and bias [n]; saved statistics [rows] --------------------
void pw_layer_norm(
    float *y, float *mean, float *rstd, const float *x, const float *gain, const float *bias, float epsilon,
    ptrdiff_t rows, ptrdiff_t n);
void pw_layer_norm_dx(
    float *dx, const float *x, const float *gain, const float *mean, const float *rstd, const float *dy,
    ptrdiff_t rows, ptrdiff_t n);
// dgain[j] += Σ_r dy[r, j] · (x[r, j] − mean[r]) · rstd[r]
void pw_layer_norm_dgain_accumulate(
    float *dgain, const float *x, const float *mean, const float *rstd, const float *dy, ptrdiff_t rows,
    ptrdiff_t n);
void pw_rms_norm(
    float *y, float *rstd, const float *x, const float *gain, float epsilon, ptrdiff_t rows, ptrdiff_t n);
void pw_rms_norm_dx(
    float *dx, const float *x, const float *gain, const float *rstd, const float *dy, ptrdiff_t rows,
    ptrdiff_t n);
void pw_rms_norm_dgain_accumulate(
    float *dgain, const float *x, const float *rstd, const float *dy, ptrdiff_t rows, ptrdiff_t n);

// ---- gemm.c --------------------------------------------------------------------------------------
// c[i, j] (+)= Σ_k a(i, k) · b[k, j], i < m, j < n, added one k after the other: the bits of an
// element depend on nothing but its own row of a and column of b. a(i, k) = a[i·a_row + k·a_column];
// rows of b are ldb apart, of c ldc. accumulate = 0 overwrites c.
void pw_gemm(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t ldb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate);
// The same with b in panels of PW_PANEL columns, panel after panel: b(q, j) = b[j / PW_PANEL · k · PW_PANEL +
// q · PW_PANEL + j % PW_PANEL]. The last panel has room for all its columns.
#define PW_PANEL 64
void pw_gemm_packed(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b, ptrdiff_t m,
    ptrdiff_t n, ptrdiff_t k, int accumulate);
// Panels of the transpose of x [rows, columns]: t(q, j) = x[j, q], j < rows.
void pw_pack_turned(float *t, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t columns);
// y[i, j] = Σ_k x[i, k] · w[j, k] for few columns j: one dot product in fixed lane order each.
void pw_gemm_narrow(
    float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, const float *w, ptrdiff_t ldw, ptrdiff_t m,
    ptrdiff_t n, ptrdiff_t k);
// t[j, i] = x[i, j], i < rows, j < columns; rows of x are ldx apart, of t ldt.
void pw_transpose(
    float *t, ptrdiff_t ldt, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t columns);

// ---- attention.c ---------------------------------------------------------------------------------
// In place, for row r of s [rows, n] with v = min(n, first + r·step) scores that count (at least one):
// e^(scale·s − their maximum), and 0 beyond them. inverse[r] is 1 over their sum, and
// log_sum[r·log_sum_step] log Σ e^(scale·s). scale > 0. Rows have room for whole blocks of 16.
void pw_attention_rows(
    float *s, ptrdiff_t lds, float *inverse, float *log_sum, ptrdiff_t log_sum_step, float scale,
    ptrdiff_t rows, ptrdiff_t n, ptrdiff_t first, ptrdiff_t step);
// In place, with the same rows: s becomes p = e^(scale·s − log_sum), and d, the gradient of p, that of s:
// scale·p·(d − Σ p·d), exactly 0 where one score counts.
void pw_attention_rows_vjp(
    float *s, float *d, ptrdiff_t ld, const float *log_sum, ptrdiff_t log_sum_step, float scale,
    ptrdiff_t rows, ptrdiff_t n, ptrdiff_t first, ptrdiff_t step);
// y[r, j] *= factor[r]; rows of y are ldy apart.
void pw_scale_rows(float *y, ptrdiff_t ldy, const float *factor, ptrdiff_t rows, ptrdiff_t n);
// Turns elements j and j + half of each of the first `heads` heads of a row by the angle whose cosine and
// sine are in row entry[r] of the tables [entries, half]; copies the rest. direction 1, or −1 for back.
void pw_rotary(
    float *y, const float *x, const float *cosine, const float *sine, const int32_t *entry, ptrdiff_t rows,
    ptrdiff_t n, ptrdiff_t heads, ptrdiff_t half, float direction);

// ---- logps.c -------------------------------------------------------------------------------------
// Goes on with the statistics of rows whose columns come in parts: state[r] = (maximum, Σ e^(x − maximum),
// Σ e^(x − maximum)·x, Σ x), begun as (−inf, 0, 0, 0); best[r] the first column of the maximum, this part
// starting at `column`.
void pw_logit_statistics(
    double *state, int32_t *best, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n,
    ptrdiff_t column);
// In place: logits x become g·([j is the target] − e^(x − top)·inverse).
void pw_logits_vjp(
    float *d, ptrdiff_t ldd, const float *top, const float *inverse, const float *g, const int32_t *target,
    ptrdiff_t rows, ptrdiff_t n, ptrdiff_t column);
// state[2]: the maximum of r and Σ e^(r − maximum)·(r − x) over the columns so far; goes on with n more. Logits
// are finite.
void pw_logit_divergence(
    double *state, const float *r, const float *x, ptrdiff_t ld, ptrdiff_t rows, ptrdiff_t n);
// state[2]: the maximum and Σ e^(2·(x − maximum)) over the columns so far; goes on with n more.
void pw_logit_squares(double *state, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n);
// In place: logits x become g·([j is the target] − π) + k·(π − ρ), π = e^(x − top)·inverse and ρ the same of r.
void pw_logits_divergence_vjp(
    float *d, const float *r, ptrdiff_t ld, const float *top, const float *inverse, const float *top_r,
    const float *inverse_r, const float *g, const float *k, const int32_t *target, ptrdiff_t rows,
    ptrdiff_t n, ptrdiff_t column);

// ---- gather.c ------------------------------------------------------------------------------------
// y[r, :] = x[r, :], rows ldy and ldx apart; and y[r, :] += x[r, :].
void pw_copy_rows(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n);
void pw_add_rows(float *y, ptrdiff_t ldy, const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t n);
// y[r, :] = table[index[r], :]; indices are in range.
void pw_gather_rows(float *y, const float *table, const int32_t *index, ptrdiff_t rows, ptrdiff_t n);
// table[index[r], :] += x[r, :], r ascending
void pw_scatter_rows_accumulate(
    float *table, const float *x, const int32_t *index, ptrdiff_t rows, ptrdiff_t n);
// Sparse rows (CSR) times a dense table: y[r, :] = Σ_e value[e] · table[index[e], :],
// e in offset[r] ..< offset[r + 1].
void pw_sparse_rows(
    float *y, const int64_t *offset, const int32_t *index, const float *value, const float *table,
    ptrdiff_t rows, ptrdiff_t n);
// table[index[e], :] += value[e] · dy[r, :]
void pw_sparse_rows_accumulate(
    float *table, const int64_t *offset, const int32_t *index, const float *value, const float *dy,
    ptrdiff_t rows, ptrdiff_t n);

// ---- optim.c -------------------------------------------------------------------------------------
typedef struct {
  float beta2, epsilon;
  // 1 − beta1, 1 − beta2 and 1 − learning_rate · weight_decay, formed in double: 1 − 0.999f is off by 5e-5.
  float rest1, rest2, keep;
  float step_size;         // learning_rate / (1 − beta1^t)
  float root_correction;   // sqrt(1 − beta2^t)
  float gradient_scale;    // clipping factor, applied to the gradient first
} pw_adamw_options;
// AdamW as torch: p *= 1 − lr·wd; m, v; p −= step_size · m / (sqrt(v)/root_correction + epsilon).
void pw_adamw(
    float *p, float *m, float *v, const float *g, const pw_adamw_options *options, ptrdiff_t n);
// SGD with momentum as torch (dampening 0): g' = scale·g + wd·p; b = momentum·b + g'; p −= lr·(b or g' + momentum·b).
void pw_sgd(
    float *p, float *buffer, const float *g, float learning_rate, float momentum, float weight_decay,
    float gradient_scale, int nesterov, ptrdiff_t n);

// ---- random.c: counter-based (Philox 4×32-10) ------------------------------------------------------
// y[i] = uniform in [0, 1), a function of (key, counter + i) alone.
void pw_uniform(float *y, uint64_t key, uint64_t counter, ptrdiff_t n);
// Four 32-bit words for one counter.
void pw_philox(uint32_t out[4], uint64_t key, uint64_t counter_low, uint64_t counter_high);

// ---- dequant.c: little-endian stored numbers to Float32, bytes need no alignment ------------------
void pw_from_float16(float *y, const uint8_t *x, ptrdiff_t n);
void pw_from_bfloat16(float *y, const uint8_t *x, ptrdiff_t n);
void pw_from_float64(float *y, const uint8_t *x, ptrdiff_t n);
// ggml's block formats: 32 elements a block, and 256 for those ending in k.
void pw_from_q4_0(float *y, const uint8_t *x, ptrdiff_t blocks);  // 18 bytes a block
void pw_from_q4_1(float *y, const uint8_t *x, ptrdiff_t blocks);  // 20
void pw_from_q5_0(float *y, const uint8_t *x, ptrdiff_t blocks);  // 22
void pw_from_q5_1(float *y, const uint8_t *x, ptrdiff_t blocks);  // 24
void pw_from_q8_0(float *y, const uint8_t *x, ptrdiff_t blocks);  // 34
void pw_from_q4_k(float *y, const uint8_t *x, ptrdiff_t blocks);  // 144
void pw_from_q6_k(float *y, const uint8_t *x, ptrdiff_t blocks);  // 210

// ---- cpu.c ---------------------------------------------------------------------------------------
// Widest vector the kernels use on this machine: 16, 8 or 4 floats.
int pw_vector_width(void);
// Tells the core that this is a spin-wait.
void pw_pause(void);

// ---- memory.c ------------------------------------------------------------------------------------
// Lets malloc keep freed blocks of up to 32 MiB for reuse instead of giving them back to the system.
void pw_keep_freed_blocks(void);
// Asks the system for large pages in a new block: rows read here and there then find their pages at once.
void pw_use_large_pages(void *base, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
