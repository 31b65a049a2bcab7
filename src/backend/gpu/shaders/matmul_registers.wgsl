// Matrix product, twin of matmul.wgsl without workgroup memory, in pieces of 8 x 8. Better on software adapters, where barriers, loads and
// variables are dear; a trial at start picks.
const ROWS: u32 = 8u;
const COLUMNS: u32 = 8u;

@compute @workgroup_size(8)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 8u);
    copy_share(index, threads_of(group, 8u));
    let at = piece(index);
    if (at.batch >= BATCH) {
        return;
    }
    begin();
    let rows0 = row_starts(at, 0u);
    let rows1 = row_starts(at, 4u);
    let columns0 = column_starts(at, 0u);
    let columns1 = column_starts(at, 4u);
    // Column r of each holds the values of its row r.
    var sum00 = mat4x4<f32>();
    var sum01 = mat4x4<f32>();
    var sum10 = mat4x4<f32>();
    var sum11 = mat4x4<f32>();
    for (var k = 0u; k < K; k += 4u) {
        let left0 = left(rows0, k);
        let left1 = left(rows1, k);
        let right0 = right(columns0, k);
        let right1 = right(columns1, k);
        sum00 += right0 * left0;
        sum01 += right1 * left0;
        sum10 += right0 * left1;
        sum11 += right1 * left1;
    }
    // In loops rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var sums = array<mat4x4<f32>, 4>(
        sum00, sum01,
        sum10, sum11,
    );
    for (var row = 0u; row < ROWS; row++) {
        for (var column = 0u; column < COLUMNS; column += 4u) {
            store_four(at.batch, at.row + row, at.column + column, sums[(row >> 2u) * 2u + (column >> 2u)][row & 3u]);
        }
    }
    finish(at.row, ROWS, at.column / COLUMNS, column_pieces());
}
