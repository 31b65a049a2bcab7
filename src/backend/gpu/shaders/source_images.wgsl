// Shared: what the first layer reads, straight from the packed bytes of the data set through the epoch's order; twin of
// source_floats.wgsl. The batch as float32, which the gradient of the weight wants later, is made along the way.
override ROW_STRIDE: u32 = 1u;
// Images of a whole batch, the first of them that is taken, and how many are.
override IMAGES: u32 = 1u;
override FIRST: u32 = 0u;
override TAKEN: u32 = 1u;
// byte * FACTOR + SHIFT is the normalised pixel.
override FACTOR: f32 = 1.0;
override SHIFT: f32 = 0.0;

// Four pixels a word.
@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(30) var<storage, read> order: array<u32>;
@group(0) @binding(31) var<storage, read_write> copied: array<f32>;

fn x_row(row: u32) -> u32 {
    return order[batch_number() * IMAGES + FIRST + row] * ROW_STRIDE;
}

fn x_at(i: u32) -> f32 {
    return f32((images[i >> 2u] >> (8u * (i & 3u))) & 255u) * FACTOR + SHIFT;
}

// Four elements from `i` on, a multiple of four.
fn x_four(i: u32) -> vec4<f32> {
    let word = images[i >> 2u];
    let bytes = vec4<u32>(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u, word >> 24u);
    return vec4<f32>(bytes) * FACTOR + SHIFT;
}

// Each of all threads makes its share of the batch.
fn copy_share(index: u32, threads: u32) {
    if (ROW_STRIDE % 4u != 0u) {
        for (var i = index; i < TAKEN * ROW_STRIDE; i += threads) {
            copied[i] = x_at(x_row(i / ROW_STRIDE) + i % ROW_STRIDE);
        }
        return;
    }
    for (var i = 4u * index; i < TAKEN * ROW_STRIDE; i += 4u * threads) {
        let four = x_four(x_row(i / ROW_STRIDE) + i % ROW_STRIDE);
        copied[i] = four.x;
        copied[i + 1u] = four.y;
        copied[i + 2u] = four.z;
        copied[i + 3u] = four.w;
    }
}
