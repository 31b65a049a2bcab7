// Shared: the values of a matrix product with bias and activation.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn store(batch: u32, row: u32, column: u32, value: f32) {
    if (row < M && column < N) {
        out[(batch * M + row) * N + column] = activate(value + bias[column]);
    }
}

fn begin() {}

fn finish(first_row: u32, rows: u32, member: u32, members: u32) {}
