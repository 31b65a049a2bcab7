// Softmax, cross-entropy and the gradient of the scores in one pass. One workgroup: 64 of its threads take a row each at a time, the losses
// are added through workgroup memory. The gradient is (softmax - one-hot) * SCALE; with MASKED that of a ReLU that made the scores is
// folded in.
override ROWS: u32 = 1u;
override CLASSES: u32 = 10u;
override SCALE: f32 = 1.0;
override MASKED: bool = false;
// Of the ReLU: 0, of the leaky ReLU: its slope.
override MASK_SLOPE: f32 = 0.0;

@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

var<workgroup> partial: array<f32, 64>;

fn row_loss(row: u32) -> f32 {
    var largest = score(row, 0u);
    for (var i = 1u; i < CLASSES; i++) {
        largest = max(largest, score(row, i));
    }
    var sum = 0.0;
    for (var i = 0u; i < CLASSES; i++) {
        sum += exp(score(row, i) - largest);
    }
    let label = label_of(row);
    for (var i = 0u; i < CLASSES; i++) {
        let value = (exp(score(row, i) - largest) / sum - select(0.0, 1.0, i == label)) * SCALE;
        gradient[row * CLASSES + i] = select(value, MASK_SLOPE * value, MASKED && score(row, i) <= 0.0);
    }
    return largest + log(sum) - score(row, label);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) local: u32) {
    var sum = 0.0;
    for (var first = 0u; first < ROWS; first += 64u) {
        make_scores(first, local);
        if (local < 64u && first + local < ROWS) {
            sum += row_loss(first + local);
        }
    }
    if (local < 64u) {
        partial[local] = sum;
    }
    for (var half = 32u; half > 0u; half = half / 2u) {
        workgroupBarrier();
        if (local < half) {
            partial[local] += partial[local + half];
        }
    }
    if (local == 0u) {
        keep_loss(partial[0] * SCALE);
    }
}
