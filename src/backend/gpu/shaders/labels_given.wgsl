// Shared: the labels of softmax_cross_entropy.wgsl, in the order of the rows; twin of labels_packed.wgsl.
@group(0) @binding(1) var<storage, read> labels: array<u32>;

fn label_of(row: u32) -> u32 {
    return labels[row];
}
