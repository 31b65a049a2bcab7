// out[i] = value. One thread an element; `value` comes as bits, so that it serves every element kind.
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
// x: length, y: bits of the value
@group(0) @binding(1) var<uniform> params: vec4<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i < params.x) {
        out[i] = params.y;
    }
}
