// The gradient of a convolution's weight (and bias): a reduction over batch and positions. A workgroup takes one (output channel, input
// channel) pair; each thread adds every 64th position into 5 x 5 taps in registers, then the threads' sums are added in workgroup
// memory. Kernels over 5 x 5 are walked in pieces of that size.
//
// `plain`; `block` through ReLU and 2 x 2 max-pooling, where only the place that won counts; `update0` to `update2`: `block` with the update of
// weight and bias by a rule that keeps so many states.
override BATCH: u32 = 1u;
override IN_CHANNELS: u32 = 1u;
override HEIGHT: u32 = 8u;
override WIDTH: u32 = 8u;
override OUT_CHANNELS: u32 = 1u;
override KERNEL_HEIGHT: u32 = 3u;
override KERNEL_WIDTH: u32 = 3u;
override OUT_HEIGHT: u32 = 6u;
override OUT_WIDTH: u32 = 6u;
override STRIDE: u32 = 1u;
override PADDING: u32 = 0u;
override DILATION: u32 = 1u;

// Of `update0` to `update2`.
override RULE: u32 = 0u;
// The gradient is 0 already where ReLU was: then `pooled` need not be read.
override MASKED: bool = false;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> pooled: array<f32>;
// One word each.
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read> schedule: array<f32>;
@group(0) @binding(5) var<uniform> cursor: vec4<u32>;
@group(0) @binding(6) var<storage, read_write> weight: array<f32>;
@group(0) @binding(7) var<storage, read_write> bias: array<f32>;
@group(0) @binding(8) var<storage, read_write> state0: array<f32>;
@group(0) @binding(9) var<storage, read_write> state1: array<f32>;
@group(0) @binding(10) var<storage, read_write> bias_state0: array<f32>;
@group(0) @binding(11) var<storage, read_write> bias_state1: array<f32>;

// begin update rule: the same text in every shader that updates (a test compares them)
struct Updated {
    parameter: f32,
    state0: f32,
    state1: f32,
}

fn update_rule(raw: f32, parameter: f32, old0: f32, old1: f32) -> Updated {
    let row = cursor.x * 16u;
    let learning_rate = schedule[row];
    let momentum = schedule[row + 1u];
    let second = schedule[row + 2u];
    let epsilon = schedule[row + 6u];
    let take = schedule[row + 10u];
    let take_square = schedule[row + 11u];
    var gradient = raw + schedule[row + 5u] * sign(parameter);
    if (RULE != 3u) {
        gradient += schedule[row + 4u] * parameter;
    }
    if (RULE == 0u) {
        return Updated(parameter - learning_rate * gradient, 0.0, 0.0);
    }
    if (RULE == 1u) {
        let velocity = select(momentum * old0 + take * gradient, gradient, schedule[row + 9u] != 0.0);
        let direction = select(velocity, gradient + momentum * velocity, schedule[row + 3u] != 0.0);
        return Updated(parameter - learning_rate * direction, velocity, 0.0);
    }
    if (RULE == 2u || RULE == 3u) {
        let kept = select(parameter, parameter * schedule[row + 12u], RULE == 3u);
        let first = old0 + take * (gradient - old0);
        let square = second * old1 + take_square * gradient * gradient;
        let denominator = sqrt(square) / schedule[row + 8u] + epsilon;
        return Updated(kept - schedule[row + 7u] * first / denominator, first, square);
    }
    let square = second * old0 + take_square * gradient * gradient;
    let direction = gradient / (sqrt(square) + epsilon);
    let velocity = select(direction, momentum * old1 + direction, momentum > 0.0);
    return Updated(parameter - learning_rate * velocity, square, select(old1, velocity, momentum > 0.0));
}
// end update rule

const THREADS: u32 = 64u;
// Rows and columns of taps that a thread holds.
const SPAN: u32 = 5u;

var<workgroup> partial: array<f32, 1664>;

// 5 x 5 taps, and the sum of the gradient itself.
struct Taps {
    row0: vec4<f32>,
    last0: f32,
    row1: vec4<f32>,
    last1: f32,
    row2: vec4<f32>,
    last2: f32,
    row3: vec4<f32>,
    last3: f32,
    row4: vec4<f32>,
    last4: f32,
    bias: f32,
}

fn pixel(plane: u32, row: i32, column: i32) -> f32 {
    let value = x[plane + u32(max(row, 0)) * WIDTH + u32(max(column, 0))];
    if (PADDING == 0u) {
        return value;
    }
    return select(0.0, value, row >= 0 && column >= 0 && row < i32(HEIGHT) && column < i32(WIDTH));
}

// Taps over the kernel's edge are summed from a pixel nearby, and not stored.
fn four(plane: u32, row: i32, column: i32) -> vec4<f32> {
    let step = i32(DILATION);
    var values = vec4<f32>(pixel(plane, row, column), 0.0, 0.0, 0.0);
    if (KERNEL_WIDTH > 1u) {
        values.y = pixel(plane, row, column + step);
    }
    if (KERNEL_WIDTH > 2u) {
        values.z = pixel(plane, row, column + 2 * step);
    }
    if (KERNEL_WIDTH > 3u) {
        values.w = pixel(plane, row, column + 3 * step);
    }
    return values;
}

fn fifth(plane: u32, row: i32, column: i32) -> f32 {
    if (KERNEL_WIDTH > 4u) {
        return pixel(plane, row, column + 4 * i32(DILATION));
    }
    return 0.0;
}

// Adds one position's value times the pixels under the taps.
fn add(taps: ptr<function, Taps>, value: f32, plane: u32, top: i32, left: i32) {
    (*taps).bias += value;
    if (KERNEL_HEIGHT > 0u) {
        (*taps).row0 += value * four(plane, top + 0 * i32(DILATION), left);
        (*taps).last0 += value * fifth(plane, top + 0 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 1u) {
        (*taps).row1 += value * four(plane, top + 1 * i32(DILATION), left);
        (*taps).last1 += value * fifth(plane, top + 1 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 2u) {
        (*taps).row2 += value * four(plane, top + 2 * i32(DILATION), left);
        (*taps).last2 += value * fifth(plane, top + 2 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 3u) {
        (*taps).row3 += value * four(plane, top + 3 * i32(DILATION), left);
        (*taps).last3 += value * fifth(plane, top + 3 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 4u) {
        (*taps).row4 += value * four(plane, top + 4 * i32(DILATION), left);
        (*taps).last4 += value * fifth(plane, top + 4 * i32(DILATION), left);
    }
}

// The upper (or left) pixel under the first tap, for an output position.
fn corner(position: u32, tap: u32) -> i32 {
    return i32(position * STRIDE + tap * DILATION) - i32(PADDING);
}

// Sums over every `step`th position, for taps from (tap_row, tap_column) on.
fn sums_plain(out_channel: u32, channel: u32, tap_row: u32, tap_column: u32, first: u32, step: u32) -> Taps {
    var taps = Taps();
    let area = OUT_HEIGHT * OUT_WIDTH;
    for (var i = first; i < BATCH * area; i += step) {
        let image = i / area;
        let inside = i % area;
        let value = gradient[(image * OUT_CHANNELS + out_channel) * area + inside];
        let plane = (image * IN_CHANNELS + channel) * HEIGHT * WIDTH;
        add(&taps, value, plane, corner(inside / OUT_WIDTH, tap_row), corner(inside % OUT_WIDTH, tap_column));
    }
    return taps;
}

// The same through pooling: only the place that won in each window counts.
fn sums_pooled(out_channel: u32, channel: u32, tap_row: u32, tap_column: u32, first: u32, step: u32) -> Taps {
    var taps = Taps();
    let columns = OUT_WIDTH / 2u;
    let area = OUT_HEIGHT / 2u * columns;
    for (var i = first; i < BATCH * area; i += step) {
        let image = i / area;
        let inside = i % area;
        let place = (image * OUT_CHANNELS + out_channel) * area + inside;
        let value = gradient[place];
        if (value == 0.0) {
            continue;
        }
        if (!MASKED) {
            if (pooled[place] <= 0.0) {
                continue;
            }
        }
        let position = positions[place];
        let row = inside / columns * 2u + position / 2u;
        let column = inside % columns * 2u + position % 2u;
        let plane = (image * IN_CHANNELS + channel) * HEIGHT * WIDTH;
        add(&taps, value, plane, corner(row, tap_row), corner(column, tap_column));
    }
    return taps;
}

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
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let pair = group.y * groups.x + group.x;
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums_plain(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                weight[at] = value;
            }
        }
    }
}

@compute @workgroup_size(64)
fn block(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let pair = group.y * groups.x + group.x;
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums_pooled(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                weight[at] = value;
            }
            if (local == 25u && channel == 0u && tap_row == 0u && tap_column == 0u) {
                let at = out_channel;
                bias[at] = value;
            }
        }
    }
}

@compute @workgroup_size(64)
fn update0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let pair = group.y * groups.x + group.x;
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums_pooled(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                weight[at] = update_rule(value, weight[at], 0.0, 0.0).parameter;
            }
            if (local == 25u && channel == 0u && tap_row == 0u && tap_column == 0u) {
                let at = out_channel;
                bias[at] = update_rule(value, bias[at], 0.0, 0.0).parameter;
            }
        }
    }
}

@compute @workgroup_size(64)
fn update1(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let pair = group.y * groups.x + group.x;
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums_pooled(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                let updated = update_rule(value, weight[at], state0[at], 0.0);
                weight[at] = updated.parameter;
                state0[at] = updated.state0;
            }
            if (local == 25u && channel == 0u && tap_row == 0u && tap_column == 0u) {
                let at = out_channel;
                let updated = update_rule(value, bias[at], bias_state0[at], 0.0);
                bias[at] = updated.parameter;
                bias_state0[at] = updated.state0;
            }
        }
    }
}

@compute @workgroup_size(64)
fn update2(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let pair = group.y * groups.x + group.x;
    if (pair >= OUT_CHANNELS * IN_CHANNELS) {
        return;
    }
    let out_channel = pair / IN_CHANNELS;
    let channel = pair % IN_CHANNELS;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            let value = total(sums_pooled(out_channel, channel, tap_row, tap_column, local, THREADS), local);
            let row = tap_row + local / SPAN;
            let column = tap_column + local % SPAN;
            if (local < 25u && row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                let updated = update_rule(value, weight[at], state0[at], state1[at]);
                weight[at] = updated.parameter;
                state0[at] = updated.state0;
                state1[at] = updated.state1;
            }
            if (local == 25u && channel == 0u && tap_row == 0u && tap_column == 0u) {
                let at = out_channel;
                let updated = update_rule(value, bias[at], bias_state0[at], bias_state1[at]);
                bias[at] = updated.parameter;
                bias_state0[at] = updated.state0;
                bias_state1[at] = updated.state1;
            }
        }
    }
}

// Without workgroup memory: a thread takes a pair alone, four side by side one output channel, so that they read the same gradient and
// skip the dead windows together. Better on software adapters, where barriers are dear; real GPUs want the threads.
fn alone_pair(index: u32) -> vec2<u32> {
    let channels = (IN_CHANNELS + 3u) / 4u * 4u;
    return vec2<u32>(index / channels, index % channels);
}

fn tap_of(taps: ptr<function, array<vec4<f32>, 7>>, i: u32) -> f32 {
    return (*taps)[i / 4u][i % 4u];
}

fn in_array(taps: Taps) -> array<vec4<f32>, 7> {
    return array<vec4<f32>, 7>(
        taps.row0,
        vec4<f32>(taps.last0, taps.row1.xyz),
        vec4<f32>(taps.row1.w, taps.last1, taps.row2.xy),
        vec4<f32>(taps.row2.zw, taps.last2, taps.row3.x),
        vec4<f32>(taps.row3.yzw, taps.last3),
        taps.row4,
        vec4<f32>(taps.last4, taps.bias, 0.0, 0.0),
    );
}

@compute @workgroup_size(8)
fn plain_alone(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair((group.y * groups.x + group.x) * 8u + local);
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums_plain(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    let value = tap_of(&taps, i);
                    let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                    weight[at] = value;
                }
            }
        }
    }
}

@compute @workgroup_size(8)
fn block_alone(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair((group.y * groups.x + group.x) * 8u + local);
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums_pooled(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    let value = tap_of(&taps, i);
                    let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                    weight[at] = value;
                }
            }
            if (channel == 0u && tap_row == 0u && tap_column == 0u) {
                let value = tap_of(&taps, 25u);
                let at = out_channel;
                bias[at] = value;
            }
        }
    }
}

@compute @workgroup_size(8)
fn update0_alone(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair((group.y * groups.x + group.x) * 8u + local);
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums_pooled(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    let value = tap_of(&taps, i);
                    let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                    weight[at] = update_rule(value, weight[at], 0.0, 0.0).parameter;
                }
            }
            if (channel == 0u && tap_row == 0u && tap_column == 0u) {
                let value = tap_of(&taps, 25u);
                let at = out_channel;
                bias[at] = update_rule(value, bias[at], 0.0, 0.0).parameter;
            }
        }
    }
}

@compute @workgroup_size(8)
fn update1_alone(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair((group.y * groups.x + group.x) * 8u + local);
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums_pooled(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    let value = tap_of(&taps, i);
                    let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                    let updated = update_rule(value, weight[at], state0[at], 0.0);
                weight[at] = updated.parameter;
                state0[at] = updated.state0;
                }
            }
            if (channel == 0u && tap_row == 0u && tap_column == 0u) {
                let value = tap_of(&taps, 25u);
                let at = out_channel;
                let updated = update_rule(value, bias[at], bias_state0[at], 0.0);
                bias[at] = updated.parameter;
                bias_state0[at] = updated.state0;
            }
        }
    }
}

@compute @workgroup_size(8)
fn update2_alone(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair((group.y * groups.x + group.x) * 8u + local);
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums_pooled(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    let value = tap_of(&taps, i);
                    let at = (pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column;
                    let updated = update_rule(value, weight[at], state0[at], state1[at]);
                weight[at] = updated.parameter;
                state0[at] = updated.state0;
                state1[at] = updated.state1;
                }
            }
            if (channel == 0u && tap_row == 0u && tap_column == 0u) {
                let value = tap_of(&taps, 25u);
                let at = out_channel;
                let updated = update_rule(value, bias[at], bias_state0[at], bias_state1[at]);
                bias[at] = updated.parameter;
                bias_state0[at] = updated.state0;
                bias_state1[at] = updated.state1;
            }
        }
    }
}
