// Shared: what a layer reads, four float32 at a time; twin of source_floats.wgsl for rows that begin at every fourth.
override ROW_STRIDE: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;

// Where the elements of a row begin.
fn x_row(row: u32) -> u32 {
    return row * ROW_STRIDE;
}

fn x_at(i: u32) -> f32 {
    return x[i >> 2u][i & 3u];
}

// Four elements from `i` on, a multiple of four.
fn x_four(i: u32) -> vec4<f32> {
    return x[i >> 2u];
}

fn copy_share(index: u32, threads: u32) {}
