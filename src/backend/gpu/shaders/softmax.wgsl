// Log of the softmax over the middle axis of x (outer, axis, inner). A thread takes one (outer, inner) line; the maximum is taken off first,
// so that large scores do not overflow.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
// outer, axis, inner
@group(0) @binding(2) var<uniform> params: vec4<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let line = thread_number(group, local, 64u);
    if (line >= params.x * params.z) {
        return;
    }
    let start = (line / params.z) * params.y * params.z + line % params.z;
    var largest = x[start];
    for (var i = 1u; i < params.y; i++) {
        largest = max(largest, x[start + i * params.z]);
    }
    var sum = 0.0;
    for (var i = 0u; i < params.y; i++) {
        sum += exp(x[start + i * params.z] - largest);
    }
    let shift = largest + log(sum);
    for (var i = 0u; i < params.y; i++) {
        out[start + i * params.z] = x[start + i * params.z] - shift;
    }
}
