// Shared: the scores of softmax_cross_entropy.wgsl lie in a buffer; twin of scores_linear.wgsl.
const THREADS: u32 = 64u;

@group(0) @binding(0) var<storage, read> logits: array<f32>;

fn make_scores(first_row: u32, local: u32) {}

fn score(row: u32, class_number: u32) -> f32 {
    return logits[row * CLASSES + class_number];
}
