// Shared: the values of a matrix product are the gradient of a weight with a row for each output unit. The bias's gradient is the sum over
// k of a row of x, where x is the gradient of the layer's output; the threads that make a row's values share that.
override BIAS: bool = true;

fn begin() {
    read_rule();
}

fn store(batch: u32, row: u32, column: u32, value: f32) {
    if (row < M && column < N) {
        put(row * N + column, value);
    }
}

// Called by all `members` threads that have made values of these rows.
fn finish(first_row: u32, rows: u32, member: u32, members: u32) {
    if (!BIAS) {
        return;
    }
    for (var row = first_row + member; row < min(first_row + rows, M); row += members) {
        let start = x_row(row);
        var sum = 0.0;
        for (var k = 0u; k < K; k++) {
            sum += x_at(start + k * A_K);
        }
        put_bias(row, sum);
    }
}
