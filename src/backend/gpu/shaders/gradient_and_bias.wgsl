// Shared: a gradient is stored as it is, with that of the bias beside it; twin of parameter_0.wgsl.
@group(0) @binding(22) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(25) var<storage, read_write> bias_parameter: array<f32>;

fn put(i: u32, gradient: f32) {
    parameter[i] = gradient;
}

fn put_bias(i: u32, gradient: f32) {
    bias_parameter[i] = gradient;
}

fn read_rule() {}
