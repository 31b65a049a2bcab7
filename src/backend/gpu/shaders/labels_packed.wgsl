// Shared: the labels of softmax_cross_entropy.wgsl, from the packed bytes of the data set through the epoch's order.
override IMAGES: u32 = 1u;
override FIRST: u32 = 0u;

// Four labels a word.
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(30) var<storage, read> order: array<u32>;

fn label_of(row: u32) -> u32 {
    let example = order[counters[1] * IMAGES + FIRST + row];
    return (labels[example / 4u] >> (8u * (example % 4u))) & 255u;
}
