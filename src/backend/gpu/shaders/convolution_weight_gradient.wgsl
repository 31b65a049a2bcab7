// The gradient of a convolution's weight (and bias): a reduction over batch and positions. A workgroup takes one (output channel, input
// channel) pair; each thread adds every 64th position into its taps, then the threads' sums are added in workgroup memory.
const THREADS: u32 = 64u;

var<workgroup> partial: array<f32, 1664>;

fn keep(local: u32, tap: u32, value: f32) {
    partial[tap * THREADS + local] = value;
}

fn keep_row(local: u32, tap: u32, row: vec4<f32>, last: f32) {
    keep(local, tap, row.x);
    keep(local, tap + 1u, row.y);
    keep(local, tap + 2u, row.z);
    keep(local, tap + 3u, row.w);
    keep(local, tap + 4u, last);
}

// The workgroup's sum of tap number `local` (0 to 24), or of the bias (25), for threads below 26.
fn total(taps: Taps, local: u32) -> f32 {
    workgroupBarrier();
    keep_row(local, 0u, taps.row0, taps.last0);
    keep_row(local, 5u, taps.row1, taps.last1);
    keep_row(local, 10u, taps.row2, taps.last2);
    keep_row(local, 15u, taps.row3, taps.last3);
    keep_row(local, 20u, taps.row4, taps.last4);
    keep(local, 25u, taps.bias);
    workgroupBarrier();
    var sum = 0.0;
    if (local < 26u) {
        for (var i = 0u; i < THREADS; i++) {
            sum += partial[local * THREADS + i];
        }
    }
    return sum;
}

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let pair = group_number(group);
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    read_rule();
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                put((pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column, value);
            }
            if (local == 25u && channel == 0u && tap_row == 0u && tap_column == 0u) {
                put_bias(out_channel, value);
            }
        }
    }
}
