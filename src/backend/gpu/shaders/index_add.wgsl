// The other way round than index.wgsl: x (outer, count, inner) is added to out (outer, axis, inner) at positions of the axis; out was
// cleared before. A thread owns one (outer, inner) column, so nothing meets and the order is the CPU's.
override EACH: bool = false;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
// outer, axis, inner, count
@group(0) @binding(3) var<uniform> params: vec4<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let column = thread_number(group, local, 64u);
    if (column >= params.x * params.z) {
        return;
    }
    let inner = column % params.z;
    let outer = column / params.z;
    for (var count = 0u; count < params.w; count++) {
        let i = (outer * params.w + count) * params.z + inner;
        let position = index[select(count, i, EACH)];
        out[(outer * params.y + position) * params.z + inner] += x[i];
    }
}
