// Running sums along the middle axis of x (outer, axis, inner). A thread takes one (outer, inner) line.
@group(0) @binding(0) var<storage, read> x: array<Number>;
@group(0) @binding(1) var<storage, read_write> out: array<Number>;
// outer, axis, inner
@group(0) @binding(2) var<uniform> params: vec4<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let line = thread_number(group, local, 64u);
    if (line >= params.x * params.z) {
        return;
    }
    let start = (line / params.z) * params.y * params.z + line % params.z;
    var sum = Number(0);
    for (var i = 0u; i < params.y; i++) {
        sum += x[start + i * params.z];
        out[start + i * params.z] = sum;
    }
}
