// One optimizer step on one parameter, in place. A thread an element.
override ELEMENTS: u32 = 1u;

@group(0) @binding(0) var<storage, read> gradient: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = (group.y * groups.x + group.x) * 64u + local;
    if (i < ELEMENTS) {
        put(i, gradient[i]);
    }
}
