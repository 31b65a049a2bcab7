// Matrix product, as matmul_registers.wgsl in pieces of 20 x 16: fewer loads still, where a long shader compiles quickly.
const ROWS: u32 = 20u;
const COLUMNS: u32 = 16u;

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
    let rows2 = row_starts(at, 8u);
    let rows3 = row_starts(at, 12u);
    let rows4 = row_starts(at, 16u);
    let columns0 = column_starts(at, 0u);
    let columns1 = column_starts(at, 4u);
    let columns2 = column_starts(at, 8u);
    let columns3 = column_starts(at, 12u);
    // Column r of each holds the values of its row r.
    var sum00 = mat4x4<f32>();
    var sum01 = mat4x4<f32>();
    var sum02 = mat4x4<f32>();
    var sum03 = mat4x4<f32>();
    var sum10 = mat4x4<f32>();
    var sum11 = mat4x4<f32>();
    var sum12 = mat4x4<f32>();
    var sum13 = mat4x4<f32>();
    var sum20 = mat4x4<f32>();
    var sum21 = mat4x4<f32>();
    var sum22 = mat4x4<f32>();
    var sum23 = mat4x4<f32>();
    var sum30 = mat4x4<f32>();
    var sum31 = mat4x4<f32>();
    var sum32 = mat4x4<f32>();
    var sum33 = mat4x4<f32>();
    var sum40 = mat4x4<f32>();
    var sum41 = mat4x4<f32>();
    var sum42 = mat4x4<f32>();
    var sum43 = mat4x4<f32>();
    for (var k = 0u; k < K; k += 4u) {
        let left0 = left(rows0, k);
        let left1 = left(rows1, k);
        let left2 = left(rows2, k);
        let left3 = left(rows3, k);
        let left4 = left(rows4, k);
        let right0 = right(columns0, k);
        let right1 = right(columns1, k);
        let right2 = right(columns2, k);
        let right3 = right(columns3, k);
        sum00 += right0 * left0;
        sum01 += right1 * left0;
        sum02 += right2 * left0;
        sum03 += right3 * left0;
        sum10 += right0 * left1;
        sum11 += right1 * left1;
        sum12 += right2 * left1;
        sum13 += right3 * left1;
        sum20 += right0 * left2;
        sum21 += right1 * left2;
        sum22 += right2 * left2;
        sum23 += right3 * left2;
        sum30 += right0 * left3;
        sum31 += right1 * left3;
        sum32 += right2 * left3;
        sum33 += right3 * left3;
        sum40 += right0 * left4;
        sum41 += right1 * left4;
        sum42 += right2 * left4;
        sum43 += right3 * left4;
    }
    // In loops rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var sums = array<mat4x4<f32>, 20>(
        sum00, sum01, sum02, sum03,
        sum10, sum11, sum12, sum13,
        sum20, sum21, sum22, sum23,
        sum30, sum31, sum32, sum33,
        sum40, sum41, sum42, sum43,
    );
    for (var row = 0u; row < ROWS; row++) {
        for (var column = 0u; column < COLUMNS; column += 4u) {
            store_four(at.batch, at.row + row, at.column + column, sums[(row >> 2u) * 4u + (column >> 2u)][row & 3u]);
        }
    }
    finish(at.row, ROWS, at.column / COLUMNS, column_pieces());
}
