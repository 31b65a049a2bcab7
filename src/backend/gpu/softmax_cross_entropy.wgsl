// Softmax, cross-entropy and the gradient of the scores in one pass. One workgroup: a thread takes every 64th row, the losses are added
// through workgroup memory. The gradient is (softmax - one-hot) * SCALE.
//
// `recorded` also keeps the loss at `series[cursor.x]`, and with MASKED folds in the gradient of a ReLU that made the scores.
override ROWS: u32 = 1u;
override CLASSES: u32 = 10u;
override SCALE: f32 = 1.0;
override MASKED: bool = false;
// Of the ReLU: 0, of the leaky ReLU: its slope.
override SLOPE: f32 = 0.0;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<uniform> cursor: vec4<u32>;
@group(0) @binding(5) var<storage, read_write> series: array<f32>;

var<workgroup> partial: array<f32, 64>;

fn row_loss(row: u32) -> f32 {
    let start = row * CLASSES;
    var largest = logits[start];
    for (var i = 1u; i < CLASSES; i++) {
        largest = max(largest, logits[start + i]);
    }
    var sum = 0.0;
    for (var i = 0u; i < CLASSES; i++) {
        sum += exp(logits[start + i] - largest);
    }
    let label = labels[row];
    for (var i = 0u; i < CLASSES; i++) {
        let score = logits[start + i];
        var value = (exp(score - largest) / sum - select(0.0, 1.0, i == label)) * SCALE;
        if (MASKED) {
            value = select(SLOPE * value, value, score > 0.0);
        }
        gradient[start + i] = value;
    }
    return largest + log(sum) - logits[start + label];
}

fn total(local: u32) -> f32 {
    var sum = 0.0;
    for (var row = local; row < ROWS; row += 64u) {
        sum += row_loss(row);
    }
    partial[local] = sum;
    for (var half = 32u; half > 0u; half = half / 2u) {
        workgroupBarrier();
        if (local < half) {
            partial[local] += partial[local + half];
        }
    }
    return partial[0] * SCALE;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
    let sum = total(local);
    if (local == 0u) {
        loss[0] = sum;
    }
}

@compute @workgroup_size(64)
fn recorded(@builtin(local_invocation_index) local: u32) {
    let sum = total(local);
    if (local == 0u) {
        loss[0] = sum;
        series[cursor.x] = sum;
    }
}
