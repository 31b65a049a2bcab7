// Shared: a gradient is stored as it is, and there is no bias; twin of gradient_and_bias.wgsl.
@group(0) @binding(22) var<storage, read_write> parameter: array<f32>;

fn put(i: u32, gradient: f32) {
    parameter[i] = gradient;
}

fn put_bias(i: u32, gradient: f32) {}

fn read_rule() {}
