// Shared: blocks of 4 x 4 of the two matrices, four elements a load; twin of blocks_scalars.wgsl for sizes that are multiples of four.
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;

// Column r of the block is row r of four, whose elements begin at `starts`; k from `k` on.
fn left(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
    if (A_K == 1u) {
        return mat4x4<f32>(x_four(starts.x + k), x_four(starts.y + k), x_four(starts.z + k), x_four(starts.w + k));
    }
    let at = starts.x + k * A_K;
    return transpose(mat4x4<f32>(x_four(at), x_four(at + A_K), x_four(at + 2u * A_K), x_four(at + 3u * A_K)));
}

// Column i of the block is k + i of four columns, whose elements begin at `starts`.
fn right(starts: vec4<u32>, k: u32) -> mat4x4<f32> {
    if (B_K == 1u) {
        let at = (starts + k) >> vec4<u32>(2u);
        return transpose(mat4x4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]));
    }
    let at = (starts.x + k * B_K) >> 2u;
    let step = B_K >> 2u;
    return mat4x4<f32>(b[at], b[at + step], b[at + 2u * step], b[at + 3u * step]);
}
