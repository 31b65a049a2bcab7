// What a training step does beside arithmetic: keep a value of each step, count right answers, move the cursor.
override COUNT: u32 = 1u;
override ROWS: u32 = 1u;
override CLASSES: u32 = 10u;
// The count of right answers is kept as a float32, else as an index.
override FLOAT_COUNT: bool = false;

@group(0) @binding(0) var<storage, read> value: array<u32>;
@group(0) @binding(2) var<storage, read_write> series: array<u32>;
@group(0) @binding(3) var<storage, read> logits: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;
@group(0) @binding(5) var<storage, read_write> counters: array<u32>;

var<workgroup> partial: array<u32, 64>;

@compute @workgroup_size(64)
fn store(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i < COUNT) {
        series[chunk_row() * COUNT + i] = value[i];
    }
}

@compute @workgroup_size(64)
fn count_correct(@builtin(local_invocation_index) local: u32) {
    var right = 0u;
    for (var row = local; row < ROWS; row += 64u) {
        var best = logits[row * CLASSES];
        var place = 0u;
        for (var i = 1u; i < CLASSES; i++) {
            let score = logits[row * CLASSES + i];
            if (score > best) {
                best = score;
                place = i;
            }
        }
        right += select(0u, 1u, place == labels[row]);
    }
    partial[local] = right;
    workgroupBarrier();
    if (local == 0u) {
        var sum = 0u;
        for (var i = 0u; i < 64u; i++) {
            sum += partial[i];
        }
        series[chunk_row()] = select(sum, bitcast<u32>(f32(sum)), FLOAT_COUNT);
    }
}

@compute @workgroup_size(1)
fn advance() {
    counters[0] += 1u;
    counters[1] += 1u;
}
