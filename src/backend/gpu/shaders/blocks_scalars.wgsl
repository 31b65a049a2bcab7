// Shared: blocks of 4 x 4 of the two matrices, element by element; twin of blocks_vectors.wgsl for any size. Over the end of k all is 0.
fn four_of_x(start: u32, k: u32) -> vec4<f32> {
    let ks = vec4<u32>(k, k + 1u, k + 2u, k + 3u);
    let at = start + min(ks, vec4<u32>(K - 1u)) * A_K;
    return select(vec4<f32>(), vec4<f32>(x_at(at.x), x_at(at.y), x_at(at.z), x_at(at.w)), ks < vec4<u32>(K));
}

// Column r of the block is row r of four, whose elements begin at `starts`; k from `k` on.
fn left(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
    return mat4x4<f32>(four_of_x(starts.x, k), four_of_x(starts.y, k), four_of_x(starts.z, k), four_of_x(starts.w, k));
}

fn four_of_b(starts: vec4<u32>, k: u32) -> vec4<f32> {
    let at = starts + min(k, K - 1u) * B_K;
    return select(vec4<f32>(), vec4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]), k < K);
}

// Column i of the block is k + i of four columns, whose elements begin at `starts`.
fn right(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
    return mat4x4<f32>(four_of_b(starts, k), four_of_b(starts, k + 1u), four_of_b(starts, k + 2u), four_of_b(starts, k + 3u));
}
