// out, of `sizes`, reads x at `offset + sum(position * stride)`: transpose, slice, flip, expand, unfold. Words are copied as they are.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.length) {
        return;
    }
    out[i] = x[places_of(i)[0]];
}
