// x, of `sizes`, is added to out at `offset + sum(position * stride)`; out was cleared before. Several elements may meet
// in one place, so each is added by compare-and-exchange (WGSL has no float atomics); their order is left open.
struct Params {
    length: u32,
    axes: u32,
    offset: i32,
    reserved: u32,
    // Eight axes at most, the last varies fastest.
    sizes: array<vec4<u32>, 2>,
    strides: array<vec4<i32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<atomic<u32>>;
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
    let value = x[i];
    var old = atomicLoad(&out[u32(index)]);
    loop {
        let exchange = atomicCompareExchangeWeak(&out[u32(index)], old, bitcast<u32>(bitcast<f32>(old) + value));
        if (exchange.exchanged) {
            break;
        }
        old = exchange.old_value;
    }
}
