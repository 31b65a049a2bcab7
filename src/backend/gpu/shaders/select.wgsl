// out[i] = condition ? a : b, each read with its strides (0 on stretched axes). Words are copied as they are.
@group(0) @binding(0) var<storage, read> condition: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.length) {
        return;
    }
    let places = places_of(i);
    if (condition[places[0]] != 0u) {
        out[i] = a[places[1]];
    } else {
        out[i] = b[places[2]];
    }
}
