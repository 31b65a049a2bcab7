// Shared: what a layer reads, from a buffer of float32; twin of source_images.wgsl.
override ROW_STRIDE: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;

// Where the elements of a row (an image) begin.
fn x_row(row: u32) -> u32 {
    return row * ROW_STRIDE;
}

fn x_at(i: u32) -> f32 {
    return x[i];
}

fn copy_share(index: u32, threads: u32) {}
