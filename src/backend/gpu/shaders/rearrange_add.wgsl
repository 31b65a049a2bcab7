// x, of `sizes`, is added to out at `offset + sum(position * stride)`; out was cleared before. Several elements may meet
// in one place, so each is added by compare-and-exchange (WGSL has no float atomics); their order is left open.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let i = thread_number(group, local, 64u);
    if (i >= params.length) {
        return;
    }
    let place = places_of(i)[0];
    let value = x[i];
    var old = atomicLoad(&out[place]);
    loop {
        let exchange = atomicCompareExchangeWeak(&out[place], old, bitcast<u32>(bitcast<f32>(old) + value));
        if (exchange.exchanged) {
            break;
        }
        old = exchange.old_value;
    }
}
