// Picks along an axis: out (outer, count, inner) takes x (outer, axis, inner) at a position of the axis. EACH: `index` has a position for
// each element (gather), else one for each row of `count` (index_select). Words are copied as they are.
override EACH: bool = false;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
// outer, axis, inner, count
@group(0) @binding(3) var<uniform> params: vec4<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.x * params.w * params.z) {
        return;
    }
    let inner = i % params.z;
    let count = (i / params.z) % params.w;
    let outer = i / (params.z * params.w);
    let position = index[select(count, i, EACH)];
    out[i] = x[(outer * params.y + position) * params.z + inner];
}
