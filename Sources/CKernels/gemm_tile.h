// The matrix-product loop for one vector width. Included once per width with these macros set:
//   PW_GEMM      name of the function to define
//   PW_TARGET    target attribute, or nothing
//   PW_WIDTH     floats per vector
//   PW_ROWS      rows of c held in registers
//   PW_VECTORS   vectors of c held per row
// A tile of c stays in registers while k runs, and every element is one chain of multiply-adds in the
// order of k. Tiles, threads and blocks of k therefore cannot change a bit.

#define PW_CAT2(a, b) a##b
#define PW_CAT(a, b) PW_CAT2(a, b)
#define PW_VECTOR PW_CAT(PW_GEMM, _vector)
#define PW_TILE PW_CAT(PW_GEMM, _tile)
#define PW_STRIP PW_CAT(PW_GEMM, _strip)
#define PW_EDGE PW_CAT(PW_GEMM, _edge)
#define PW_BLOCK PW_CAT(PW_GEMM, _block)
#define PW_PACK PW_CAT(PW_GEMM, _pack)

typedef float PW_VECTOR __attribute__((vector_size(PW_WIDTH * 4), aligned(4)));

static inline __attribute__((always_inline)) PW_TARGET void PW_TILE(
    const int rows, const int vectors, float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row,
    ptrdiff_t a_column, ptrdiff_t a_tile, const float *b, ptrdiff_t ldb, ptrdiff_t k, int accumulate) {
#pragma clang fp contract(fast)
  PW_VECTOR sum[2 * PW_ROWS][PW_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      sum[i][j] = accumulate ? *(const PW_VECTOR *)(c + i * ldc + j * PW_WIDTH) : (PW_VECTOR){0};
  for (ptrdiff_t q = 0; q < k; q++) {
    PW_VECTOR right[PW_VECTORS];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) right[j] = *(const PW_VECTOR *)(b + q * ldb + j * PW_WIDTH);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      float left = a[i / PW_ROWS * a_tile + i % PW_ROWS * a_row + q * a_column];
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sum[i][j] += left * right[j];
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) *(PW_VECTOR *)(c + i * ldc + j * PW_WIDTH) = sum[i][j];
}

// All rows of c for `vectors` vectors of columns. Groups of PW_ROWS rows of a are `a_tile` apart. Narrow strips
// take two groups at a time: with few sums under way, each would wait for its last addition.
static inline __attribute__((always_inline)) PW_TARGET void PW_STRIP(
    const int vectors, float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column,
    ptrdiff_t a_tile, const float *b, ptrdiff_t ldb, ptrdiff_t m, ptrdiff_t k, int accumulate) {
  ptrdiff_t i = 0;
  if (2 * vectors <= PW_VECTORS)
    for (; i + 2 * PW_ROWS <= m; i += 2 * PW_ROWS, a += 2 * a_tile)
      PW_TILE(2 * PW_ROWS, vectors, c + i * ldc, ldc, a, a_row, a_column, a_tile, b, ldb, k, accumulate);
  for (; i + PW_ROWS <= m; i += PW_ROWS, a += a_tile)
    PW_TILE(PW_ROWS, vectors, c + i * ldc, ldc, a, a_row, a_column, a_tile, b, ldb, k, accumulate);
  for (; i + 2 <= m; i += 2, a += 2 * a_row)
    PW_TILE(2, vectors, c + i * ldc, ldc, a, a_row, a_column, a_tile, b, ldb, k, accumulate);
  if (i < m) PW_TILE(1, vectors, c + i * ldc, ldc, a, a_row, a_column, a_tile, b, ldb, k, accumulate);
}

// The last columns, fewer than one vector: b and c go through copies padded with zeros, so that the
// same tile does the arithmetic.
static PW_TARGET void PW_EDGE(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_tile,
    const float *b, ptrdiff_t ldb, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
  enum { high = 2 * PW_ROWS };
  float right[PW_DEPTH * PW_WIDTH], out[high * PW_WIDTH];
  for (ptrdiff_t q = 0; q < k; q++)
    for (ptrdiff_t j = 0; j < PW_WIDTH; j++) right[q * PW_WIDTH + j] = j < n ? b[q * ldb + j] : 0.0f;
  for (ptrdiff_t i = 0; i < m; i += high) {
    ptrdiff_t rows = m - i < high ? m - i : high;
    for (ptrdiff_t r = 0; r < rows; r++)
      for (ptrdiff_t j = 0; j < PW_WIDTH; j++)
        out[r * PW_WIDTH + j] = accumulate && j < n ? c[(i + r) * ldc + j] : 0.0f;
    PW_STRIP(
        1, out, PW_WIDTH, a + i / PW_ROWS * a_tile, a_row, a_column, a_tile, right, PW_WIDTH, rows, k, 1);
    for (ptrdiff_t r = 0; r < rows; r++)
      for (ptrdiff_t j = 0; j < n; j++) c[(i + r) * ldc + j] = out[r * PW_WIDTH + j];
  }
}

// Rows of a transposed, side by side as a tile reads them: a(i, q) at to[i / PW_ROWS][q][i % PW_ROWS]. Read
// where they lie, every step along k would be in another page; here each is asked for well before.
static PW_TARGET void PW_PACK(
    float *to, const float *a, ptrdiff_t a_column, ptrdiff_t m, ptrdiff_t k) {
  ptrdiff_t groups = m / PW_ROWS, left = m - groups * PW_ROWS;
  for (ptrdiff_t q = 0; q < k; q++) {
    const float *from = a + q * a_column;
    for (ptrdiff_t r = 0; q + 12 < k && r < m; r += 16) __builtin_prefetch(from + 12 * a_column + r);
    float *out = to + q * PW_ROWS;
    for (ptrdiff_t g = 0; g < groups; g++, from += PW_ROWS, out += k * PW_ROWS)
      memcpy(out, from, PW_ROWS * sizeof(float));
    for (ptrdiff_t r = 0; r < left; r++) out[r] = from[r];
  }
}

// One block of rows and k: the block of a stays in the second-level cache while b passes by in strips.
// Columns of b are `panel` apart every PW_PANEL.
static inline PW_TARGET void PW_BLOCK(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_tile,
    const float *b, ptrdiff_t ldb, ptrdiff_t panel, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
#define PW_COLUMN(j) (b + (j) / PW_PANEL * panel + (j) % PW_PANEL)
  ptrdiff_t j = 0;
  for (; j + PW_VECTORS * PW_WIDTH <= n; j += PW_VECTORS * PW_WIDTH)
    PW_STRIP(PW_VECTORS, c + j, ldc, a, a_row, a_column, a_tile, PW_COLUMN(j), ldb, m, k, accumulate);
  if (PW_VECTORS > 2 && j + 2 * PW_WIDTH <= n) {
    PW_STRIP(2, c + j, ldc, a, a_row, a_column, a_tile, PW_COLUMN(j), ldb, m, k, accumulate);
    j += 2 * PW_WIDTH;
  }
  if (j + PW_WIDTH <= n) {
    PW_STRIP(1, c + j, ldc, a, a_row, a_column, a_tile, PW_COLUMN(j), ldb, m, k, accumulate);
    j += PW_WIDTH;
  }
  if (j < n)
    PW_EDGE(c + j, ldc, a, a_row, a_column, a_tile, PW_COLUMN(j), ldb, m, n - j, k, accumulate);
#undef PW_COLUMN
}

static PW_TARGET void PW_GEMM(
    float *c, ptrdiff_t ldc, const float *a, ptrdiff_t a_row, ptrdiff_t a_column, const float *b,
    ptrdiff_t ldb, ptrdiff_t panel, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int accumulate) {
  float packed[PW_HEIGHT * PW_DEPTH];  // of transposed a
  int pack = a_row == 1 && a_column > 1 && n >= 2 * PW_VECTORS * PW_WIDTH;
  // Blocks of about the same size.
  ptrdiff_t deep = pw_share(k, PW_DEPTH, 8), high = pw_share(m, PW_HEIGHT, PW_ROWS);
  for (ptrdiff_t q = 0; q < k || (q == 0 && k == 0); q += deep)
    for (ptrdiff_t i = 0; i < m; i += high) {
      ptrdiff_t depth = k - q < deep ? k - q : deep;
      ptrdiff_t height = m - i < high ? m - i : high;
      const float *left = a + i * a_row + q * a_column;
      if (pack) {
        PW_PACK(packed, left, a_column, height, depth);
        PW_BLOCK(
            c + i * ldc, ldc, packed, 1, PW_ROWS, depth * PW_ROWS, b + q * ldb, ldb, panel, height, n, depth,
            accumulate || q > 0);
      } else {
        PW_BLOCK(
            c + i * ldc, ldc, left, a_row, a_column, PW_ROWS * a_row, b + q * ldb, ldb, panel, height, n, depth,
            accumulate || q > 0);
      }
    }
}

#undef PW_CAT2
#undef PW_CAT
#undef PW_VECTOR
#undef PW_TILE
#undef PW_STRIP
#undef PW_EDGE
#undef PW_BLOCK
#undef PW_PACK
#undef PW_GEMM
#undef PW_TARGET
#undef PW_WIDTH
#undef PW_ROWS
#undef PW_VECTORS
