// The rows `FIRST .. FIRST + ROWS` of the step's batch: packed image bytes, picked through `order`, become normalised float32, and the labels
// come along. A thread makes one number; the one of feature 0 also copies the label.
override BATCH: u32 = 1u;
override FIRST: u32 = 0u;
override ROWS: u32 = 1u;
override FEATURES: u32 = 1u;
override MEAN: f32 = 0.0;
override DEVIATION: f32 = 1.0;
// Whether the bytes lie four to a word, or one to a word.
override IMAGES_PACKED: bool = true;
override LABELS_PACKED: bool = true;

@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> picked_labels: array<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= ROWS * FEATURES) {
        return;
    }
    let row = i / FEATURES;
    let feature = i % FEATURES;
    let example = order[batch_number() * BATCH + FIRST + row];
    let place = example * FEATURES + feature;
    var byte = 0u;
    if (IMAGES_PACKED) {
        byte = (images[place / 4u] >> (8u * (place % 4u))) & 255u;
    } else {
        byte = images[place];
    }
    x[i] = (f32(byte) / 255.0 - MEAN) / DEVIATION;
    if (feature == 0u) {
        if (LABELS_PACKED) {
            picked_labels[row] = (labels[example / 4u] >> (8u * (example % 4u))) & 255u;
        } else {
            picked_labels[row] = labels[example];
        }
    }
}
