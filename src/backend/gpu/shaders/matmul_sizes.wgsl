// Shared: sizes of a matrix product, out (M, N) = x (M, K) b (K, N), repeated over a batch.
override M: u32 = 1u;
override K: u32 = 1u;
override N: u32 = 1u;
override BATCH: u32 = 1u;
// Element (row, k) of x is at `batch * A_BATCH + x_row(row) + k * A_K`; so a transposed operand differs by its strides only.
override A_K: u32 = 1u;
override A_BATCH: u32 = 0u;
override B_K: u32 = 1u;
override B_COLUMN: u32 = 1u;
override B_BATCH: u32 = 0u;

struct Place {
    batch: u32,
    row: u32,
    column: u32,
}
