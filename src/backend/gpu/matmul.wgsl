// Matrix product, repeated over a batch: a workgroup of 8 x 8 threads makes a tile of 32 x 32 through workgroup memory, k in steps of 16, each
// thread 4 x 4 values. Entry points: plain; with bias and activation; with the gradient of an activation; and the weight gradient
// with the update of weight and bias.
override M: u32 = 1u;
override K: u32 = 1u;
override N: u32 = 1u;
override BATCH: u32 = 1u;
// Element (row, k) of a is at `batch * A_BATCH + row * A_ROW + k * A_K`; so a transposed operand differs by its strides only.
override A_ROW: u32 = 1u;
override A_K: u32 = 1u;
override A_BATCH: u32 = 0u;
override B_K: u32 = 1u;
override B_COLUMN: u32 = 1u;
override B_BATCH: u32 = 0u;
// The activation in the store of `linear`, or whose gradient `masked` applies: 0 none, 1 ReLU, 2 leaky ReLU, 3 sigmoid, 4 tanh.
override ACTIVATION: u32 = 0u;
override SLOPE: f32 = 0.0;
// Of `update0` to `update2`.
override RULE: u32 = 0u;
override BIAS: bool = true;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
// The output of the activation whose gradient `masked` applies, laid out as out.
@group(0) @binding(4) var<storage, read> activated: array<f32>;
@group(0) @binding(5) var<storage, read> schedule: array<f32>;
@group(0) @binding(6) var<uniform> cursor: vec4<u32>;
@group(0) @binding(7) var<storage, read_write> state0: array<f32>;
@group(0) @binding(8) var<storage, read_write> state1: array<f32>;
@group(0) @binding(9) var<storage, read_write> bias_parameter: array<f32>;
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

fn activate(value: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return max(value, 0.0); }
        case 2u: { return select(SLOPE * value, value, value > 0.0); }
        case 3u: { return 1.0 / (1.0 + exp(-value)); }
        case 4u: { return tanh(clamp(value, -10.0, 10.0)); }
        default: { return value; }
    }
}

// The gradient through the activation, from its output.
fn through(gradient: f32, output: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return select(0.0, gradient, output > 0.0); }
        case 2u: { return select(SLOPE * gradient, gradient, output > 0.0); }
        case 3u: { return gradient * output * (1.0 - output); }
        case 4u: { return gradient * (1.0 - output * output); }
        default: { return gradient; }
    }
}

struct Block {
    r0v0: vec4<f32>,
    r1v0: vec4<f32>,
    r2v0: vec4<f32>,
    r3v0: vec4<f32>,
}


// The sum over k of a row of a: the bias gradient, where a is the gradient of a linear layer's output.
fn row_sum(row: u32) -> f32 {
    var sum = 0.0;
    for (var k = 0u; k < K; k++) {
        sum += a[row * A_ROW + k * A_K];
    }
    return sum;
}

struct Place {
    batch: u32,
    row: u32,
    column: u32,
}

const TILE: u32 = 32u;
const DEPTH: u32 = 16u;

// One column more than needed, so that a column of the tile does not lie in one bank.
var<workgroup> a_tile: array<f32, 528>;
var<workgroup> b_tile: array<f32, 528>;

fn place(group: vec3<u32>, groups: vec3<u32>, local: u32) -> Place {
    let index = group.y * groups.x + group.x;
    let row_tiles = (M + TILE - 1u) / TILE;
    let column_tiles = (N + TILE - 1u) / TILE;
    let inside = index % (row_tiles * column_tiles);
    return Place(
        index / (row_tiles * column_tiles),
        (inside / column_tiles) * TILE + (local / 8u) * 4u,
        (inside % column_tiles) * TILE + (local % 8u) * 4u,
    );
}

// Both tiles are kept with k as the slow axis. Which of the two axes the threads walk first follows the layout in memory.
fn fill(at_row: u32, at_column: u32, batch: u32, k0: u32, local: u32) {
    for (var step = 0u; step < 8u; step++) {
        let i = step * 64u + local;
        let row = select(i % TILE, i / DEPTH, A_K == 1u);
        let a_k = select(i / TILE, i % DEPTH, A_K == 1u);
        var a_value = 0.0;
        if (at_row + row < M && k0 + a_k < K) {
            a_value = a[batch * A_BATCH + (at_row + row) * A_ROW + (k0 + a_k) * A_K];
        }
        a_tile[a_k * 33u + row] = a_value;
        let column = select(i % TILE, i / DEPTH, B_K == 1u);
        let b_k = select(i / TILE, i % DEPTH, B_K == 1u);
        var b_value = 0.0;
        if (at_column + column < N && k0 + b_k < K) {
            b_value = b[batch * B_BATCH + (k0 + b_k) * B_K + (at_column + column) * B_COLUMN];
        }
        b_tile[b_k * 33u + column] = b_value;
    }
}

fn product(at: Place, local: u32) -> Block {
    let row = (local / 8u) * 4u;
    let column = (local % 8u) * 4u;
    var r0 = vec4<f32>();
    var r1 = vec4<f32>();
    var r2 = vec4<f32>();
    var r3 = vec4<f32>();
    for (var k0 = 0u; k0 < K; k0 += DEPTH) {
        fill(at.row - row, at.column - column, at.batch, k0, local);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let b_at = k * 33u + column;
            let v = vec4<f32>(b_tile[b_at], b_tile[b_at + 1u], b_tile[b_at + 2u], b_tile[b_at + 3u]);
            let a_at = k * 33u + row;
            r0 += a_tile[a_at + 0u] * v;
            r1 += a_tile[a_at + 1u] * v;
            r2 += a_tile[a_at + 2u] * v;
            r3 += a_tile[a_at + 3u] * v;
        }
        workgroupBarrier();
    }
    return Block(r0, r1, r2, r3);
}

fn plain_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = value;
}

@compute @workgroup_size(64)
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        plain_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
}

fn linear_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = activate(value + bias[column]);
}

@compute @workgroup_size(64)
fn linear(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        linear_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
}

fn masked_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = through(value, activated[i]);
}

@compute @workgroup_size(64)
fn masked(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        masked_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
}

fn update0_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = update_rule(value, out[i], 0.0, 0.0).parameter;
}

@compute @workgroup_size(64)
fn update0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        update0_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 4u, M); row++) {
            let sum = row_sum(row);
            bias_parameter[row] = update_rule(sum, bias_parameter[row], 0.0, 0.0).parameter;
        }
    }
}

fn update1_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    let updated = update_rule(value, out[i], state0[i], 0.0);
    out[i] = updated.parameter;
    state0[i] = updated.state0;
}

@compute @workgroup_size(64)
fn update1(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        update1_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 4u, M); row++) {
            let sum = row_sum(row);
            let updated = update_rule(sum, bias_parameter[row], bias_state0[row], 0.0);
            bias_parameter[row] = updated.parameter;
            bias_state0[row] = updated.state0;
        }
    }
}

fn update2_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    let updated = update_rule(value, out[i], state0[i], state1[i]);
    out[i] = updated.parameter;
    state0[i] = updated.state0;
    state1[i] = updated.state1;
}

@compute @workgroup_size(64)
fn update2(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    // The same for the whole workgroup.
    if (group.y * groups.x + group.x >= BATCH * ((M + TILE - 1u) / TILE) * ((N + TILE - 1u) / TILE)) {
        return;
    }
    let block = product(at, local);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 4>(block.r0v0, block.r1v0, block.r2v0, block.r3v0);
    for (var i = 0u; i < 16u; i++) {
        update2_one(at.batch, at.row + i / 4u, at.column + i % 4u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 4u, M); row++) {
            let sum = row_sum(row);
            let updated = update_rule(sum, bias_parameter[row], bias_state0[row], bias_state1[row]);
            bias_parameter[row] = updated.parameter;
            bias_state0[row] = updated.state0;
            bias_state1[row] = updated.state1;
        }
    }
}
