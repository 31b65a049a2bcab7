// One optimizer step on one parameter, in place. A thread an element.
override ELEMENTS: u32 = 1u;

@group(0) @binding(0) var<storage, read> gradient: array<f32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i < ELEMENTS) {
        read_rule();
        put(i, gradient[i]);
    }
}
