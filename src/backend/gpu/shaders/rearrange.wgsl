// out, of `sizes`, reads x at `offset + sum(position * stride)`: transpose, slice, flip, expand, unfold. Words are copied as they are.
struct Params {
    length: u32,
    axes: u32,
    offset: i32,
    reserved: u32,
    // Eight axes at most, the last varies fastest.
    sizes: array<vec4<u32>, 2>,
    strides: array<vec4<i32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = (group.y * groups.x + group.x) * 64u + local;
    if (i >= params.length) {
        return;
    }
    var index = params.offset;
    var rest = i;
    for (var step = 0u; step < params.axes; step++) {
        let axis = params.axes - 1u - step;
        let size = params.sizes[axis / 4u][axis % 4u];
        index += i32(rest % size) * params.strides[axis / 4u][axis % 4u];
        rest = rest / size;
    }
    out[i] = x[u32(index)];
}
