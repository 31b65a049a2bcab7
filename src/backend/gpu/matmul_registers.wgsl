// Matrix product, twin of matmul.wgsl without workgroup memory: a thread makes 16 x 8 values in registers. Better on software adapters,
// where barriers are dear; a trial at start picks. Entry points: plain; with bias and activation; with the gradient of an activation;
// and the weight gradient with the update of weight and bias.
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
    r0v1: vec4<f32>,
    r1v0: vec4<f32>,
    r1v1: vec4<f32>,
    r2v0: vec4<f32>,
    r2v1: vec4<f32>,
    r3v0: vec4<f32>,
    r3v1: vec4<f32>,
    r4v0: vec4<f32>,
    r4v1: vec4<f32>,
    r5v0: vec4<f32>,
    r5v1: vec4<f32>,
    r6v0: vec4<f32>,
    r6v1: vec4<f32>,
    r7v0: vec4<f32>,
    r7v1: vec4<f32>,
    r8v0: vec4<f32>,
    r8v1: vec4<f32>,
    r9v0: vec4<f32>,
    r9v1: vec4<f32>,
    r10v0: vec4<f32>,
    r10v1: vec4<f32>,
    r11v0: vec4<f32>,
    r11v1: vec4<f32>,
    r12v0: vec4<f32>,
    r12v1: vec4<f32>,
    r13v0: vec4<f32>,
    r13v1: vec4<f32>,
    r14v0: vec4<f32>,
    r14v1: vec4<f32>,
    r15v0: vec4<f32>,
    r15v1: vec4<f32>,
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

fn place(group: vec3<u32>, groups: vec3<u32>, local: u32) -> Place {
    let index = (group.y * groups.x + group.x) * 16u + local;
    let row_blocks = (M + 15u) / 16u;
    let column_blocks = (N + 7u) / 8u;
    let inside = index % (row_blocks * column_blocks);
    return Place(index / (row_blocks * column_blocks), (inside / column_blocks) * 16u, (inside % column_blocks) * 8u);
}

// Rows and columns over the edge read the last one, and are not stored.
fn product(at: Place) -> Block {
    let a_start = at.batch * A_BATCH;
    let b_start = at.batch * B_BATCH;
    var a0 = a_start + min(at.row + 0u, M - 1u) * A_ROW;
    var a1 = a_start + min(at.row + 1u, M - 1u) * A_ROW;
    var a2 = a_start + min(at.row + 2u, M - 1u) * A_ROW;
    var a3 = a_start + min(at.row + 3u, M - 1u) * A_ROW;
    var a4 = a_start + min(at.row + 4u, M - 1u) * A_ROW;
    var a5 = a_start + min(at.row + 5u, M - 1u) * A_ROW;
    var a6 = a_start + min(at.row + 6u, M - 1u) * A_ROW;
    var a7 = a_start + min(at.row + 7u, M - 1u) * A_ROW;
    var a8 = a_start + min(at.row + 8u, M - 1u) * A_ROW;
    var a9 = a_start + min(at.row + 9u, M - 1u) * A_ROW;
    var a10 = a_start + min(at.row + 10u, M - 1u) * A_ROW;
    var a11 = a_start + min(at.row + 11u, M - 1u) * A_ROW;
    var a12 = a_start + min(at.row + 12u, M - 1u) * A_ROW;
    var a13 = a_start + min(at.row + 13u, M - 1u) * A_ROW;
    var a14 = a_start + min(at.row + 14u, M - 1u) * A_ROW;
    var a15 = a_start + min(at.row + 15u, M - 1u) * A_ROW;
    var b0 = b_start + min(at.column + 0u, N - 1u) * B_COLUMN;
    var b1 = b_start + min(at.column + 1u, N - 1u) * B_COLUMN;
    var b2 = b_start + min(at.column + 2u, N - 1u) * B_COLUMN;
    var b3 = b_start + min(at.column + 3u, N - 1u) * B_COLUMN;
    var b4 = b_start + min(at.column + 4u, N - 1u) * B_COLUMN;
    var b5 = b_start + min(at.column + 5u, N - 1u) * B_COLUMN;
    var b6 = b_start + min(at.column + 6u, N - 1u) * B_COLUMN;
    var b7 = b_start + min(at.column + 7u, N - 1u) * B_COLUMN;
    var r0v0 = vec4<f32>();
    var r0v1 = vec4<f32>();
    var r1v0 = vec4<f32>();
    var r1v1 = vec4<f32>();
    var r2v0 = vec4<f32>();
    var r2v1 = vec4<f32>();
    var r3v0 = vec4<f32>();
    var r3v1 = vec4<f32>();
    var r4v0 = vec4<f32>();
    var r4v1 = vec4<f32>();
    var r5v0 = vec4<f32>();
    var r5v1 = vec4<f32>();
    var r6v0 = vec4<f32>();
    var r6v1 = vec4<f32>();
    var r7v0 = vec4<f32>();
    var r7v1 = vec4<f32>();
    var r8v0 = vec4<f32>();
    var r8v1 = vec4<f32>();
    var r9v0 = vec4<f32>();
    var r9v1 = vec4<f32>();
    var r10v0 = vec4<f32>();
    var r10v1 = vec4<f32>();
    var r11v0 = vec4<f32>();
    var r11v1 = vec4<f32>();
    var r12v0 = vec4<f32>();
    var r12v1 = vec4<f32>();
    var r13v0 = vec4<f32>();
    var r13v1 = vec4<f32>();
    var r14v0 = vec4<f32>();
    var r14v1 = vec4<f32>();
    var r15v0 = vec4<f32>();
    var r15v1 = vec4<f32>();
    for (var k = 0u; k < K; k++) {
        let v0 = vec4<f32>(b[b0], b[b1], b[b2], b[b3]);
        let v1 = vec4<f32>(b[b4], b[b5], b[b6], b[b7]);
        let s0 = a[a0];
        r0v0 += s0 * v0;
        r0v1 += s0 * v1;
        let s1 = a[a1];
        r1v0 += s1 * v0;
        r1v1 += s1 * v1;
        let s2 = a[a2];
        r2v0 += s2 * v0;
        r2v1 += s2 * v1;
        let s3 = a[a3];
        r3v0 += s3 * v0;
        r3v1 += s3 * v1;
        let s4 = a[a4];
        r4v0 += s4 * v0;
        r4v1 += s4 * v1;
        let s5 = a[a5];
        r5v0 += s5 * v0;
        r5v1 += s5 * v1;
        let s6 = a[a6];
        r6v0 += s6 * v0;
        r6v1 += s6 * v1;
        let s7 = a[a7];
        r7v0 += s7 * v0;
        r7v1 += s7 * v1;
        let s8 = a[a8];
        r8v0 += s8 * v0;
        r8v1 += s8 * v1;
        let s9 = a[a9];
        r9v0 += s9 * v0;
        r9v1 += s9 * v1;
        let s10 = a[a10];
        r10v0 += s10 * v0;
        r10v1 += s10 * v1;
        let s11 = a[a11];
        r11v0 += s11 * v0;
        r11v1 += s11 * v1;
        let s12 = a[a12];
        r12v0 += s12 * v0;
        r12v1 += s12 * v1;
        let s13 = a[a13];
        r13v0 += s13 * v0;
        r13v1 += s13 * v1;
        let s14 = a[a14];
        r14v0 += s14 * v0;
        r14v1 += s14 * v1;
        let s15 = a[a15];
        r15v0 += s15 * v0;
        r15v1 += s15 * v1;
        a0 += A_K;
        a1 += A_K;
        a2 += A_K;
        a3 += A_K;
        a4 += A_K;
        a5 += A_K;
        a6 += A_K;
        a7 += A_K;
        a8 += A_K;
        a9 += A_K;
        a10 += A_K;
        a11 += A_K;
        a12 += A_K;
        a13 += A_K;
        a14 += A_K;
        a15 += A_K;
        b0 += B_K;
        b1 += B_K;
        b2 += B_K;
        b3 += B_K;
        b4 += B_K;
        b5 += B_K;
        b6 += B_K;
        b7 += B_K;
    }
    return Block(r0v0, r0v1, r1v0, r1v1, r2v0, r2v1, r3v0, r3v1, r4v0, r4v1, r5v0, r5v1, r6v0, r6v1, r7v0, r7v1, r8v0, r8v1, r9v0, r9v1, r10v0, r10v1, r11v0, r11v1, r12v0, r12v1, r13v0, r13v1, r14v0, r14v1, r15v0, r15v1);
}

fn plain_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = value;
}

@compute @workgroup_size(16)
fn plain(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        plain_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
}

fn linear_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = activate(value + bias[column]);
}

@compute @workgroup_size(16)
fn linear(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        linear_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
}

fn masked_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = through(value, activated[i]);
}

@compute @workgroup_size(16)
fn masked(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        masked_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
}

fn update0_one(batch: u32, row: u32, column: u32, value: f32) {
    if (row >= M || column >= N) {
        return;
    }
    let i = (batch * M + row) * N + column;
    out[i] = update_rule(value, out[i], 0.0, 0.0).parameter;
}

@compute @workgroup_size(16)
fn update0(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        update0_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 16u, M); row++) {
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

@compute @workgroup_size(16)
fn update1(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        update1_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 16u, M); row++) {
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

@compute @workgroup_size(16)
fn update2(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = place(group, groups, local);
    if (at.batch >= BATCH) {
        return;
    }
    let block = product(at);
    // In a loop rather than written out, which would take long to compile: once a thread, so an array in memory does no harm.
    var values = array<vec4<f32>, 32>(block.r0v0, block.r0v1, block.r1v0, block.r1v1, block.r2v0, block.r2v1, block.r3v0, block.r3v1, block.r4v0, block.r4v1, block.r5v0, block.r5v1, block.r6v0, block.r6v1, block.r7v0, block.r7v1, block.r8v0, block.r8v1, block.r9v0, block.r9v1, block.r10v0, block.r10v1, block.r11v0, block.r11v1, block.r12v0, block.r12v1, block.r13v0, block.r13v1, block.r14v0, block.r14v1, block.r15v0, block.r15v1);
    for (var i = 0u; i < 128u; i++) {
        update2_one(at.batch, at.row + i / 8u, at.column + i % 8u, values[i / 4u][i % 4u]);
    }
    if (BIAS && at.column == 0u) {
        for (var row = at.row; row < min(at.row + 16u, M); row++) {
            let sum = row_sum(row);
            let updated = update_rule(sum, bias_parameter[row], bias_state0[row], bias_state1[row]);
            bias_parameter[row] = updated.parameter;
            bias_state0[row] = updated.state0;
            bias_state1[row] = updated.state1;
        }
    }
}
