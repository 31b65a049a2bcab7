// out[i] = condition ? a : b, each read with its strides (0 on stretched axes). Words are copied as they are.
struct Params {
    length: u32,
    axes: u32,
    reserved0: u32,
    reserved1: u32,
    // Eight axes at most, the last varies fastest.
    sizes: array<vec4<u32>, 2>,
    condition_strides: array<vec4<u32>, 2>,
    a_strides: array<vec4<u32>, 2>,
    b_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> condition: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = (group.y * groups.x + group.x) * 64u + local;
    if (i >= params.length) {
        return;
    }
    var condition_index = 0u;
    var a_index = 0u;
    var b_index = 0u;
    var rest = i;
    for (var step = 0u; step < params.axes; step++) {
        let axis = params.axes - 1u - step;
        let size = params.sizes[axis / 4u][axis % 4u];
        let position = rest % size;
        rest = rest / size;
        condition_index += position * params.condition_strides[axis / 4u][axis % 4u];
        a_index += position * params.a_strides[axis / 4u][axis % 4u];
        b_index += position * params.b_strides[axis / 4u][axis % 4u];
    }
    if (condition[condition_index] != 0u) {
        out[i] = a[a_index];
    } else {
        out[i] = b[b_index];
    }
}
