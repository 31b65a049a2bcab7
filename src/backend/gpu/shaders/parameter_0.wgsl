// Shared: a gradient goes into the parameter, by a rule that keeps no state; `bias` beside it likewise.
@group(0) @binding(22) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(25) var<storage, read_write> bias_parameter: array<f32>;

fn put(i: u32, gradient: f32) {
    parameter[i] = update_rule(gradient, parameter[i], 0.0, 0.0).parameter;
}

fn put_bias(i: u32, gradient: f32) {
    bias_parameter[i] = update_rule(gradient, bias_parameter[i], 0.0, 0.0).parameter;
}
