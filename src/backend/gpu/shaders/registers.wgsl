// Shared by the matrix products without workgroup memory: a thread makes ROWS x COLUMNS values in registers, as blocks of 4 x 4 to which
// it adds the products of such blocks. So four of k are read at once, each number read serves many values, and a sum is written back for
// every fourth of its products only.
fn piece(index: u32) -> Place {
    let row_blocks = (M + ROWS - 1u) / ROWS;
    let column_blocks = column_pieces();
    let inside = index % (row_blocks * column_blocks);
    return Place(index / (row_blocks * column_blocks), inside / column_blocks * ROWS, inside % column_blocks * COLUMNS);
}

fn column_pieces() -> u32 {
    return (N + COLUMNS - 1u) / COLUMNS;
}

// Where four rows begin, and four columns. Those over the edge read the last one, and are not stored.
fn row_starts(at: Place, row: u32) -> vec4<u32> {
    let rows = min(at.row + row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(M - 1u));
    return at.batch * A_BATCH + vec4<u32>(x_row(rows.x), x_row(rows.y), x_row(rows.z), x_row(rows.w));
}

fn column_starts(at: Place, column: u32) -> vec4<u32> {
    return at.batch * B_BATCH + min(at.column + column + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(N - 1u)) * B_COLUMN;
}

fn store_four(batch: u32, row: u32, column: u32, values: vec4<f32>) {
    store(batch, row, column, values.x);
    store(batch, row, column + 1u, values.y);
    store(batch, row, column + 2u, values.z);
    store(batch, row, column + 3u, values.w);
}
