// Shared: the right matrix of a product; twin of blocks_vectors.wgsl.
@group(0) @binding(1) var<storage, read> b: array<f32>;
