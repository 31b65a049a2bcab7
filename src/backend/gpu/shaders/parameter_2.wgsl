// Shared: a gradient goes into the parameter, by a rule that keeps two states; `bias` beside it likewise.
@group(0) @binding(22) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(23) var<storage, read_write> state0: array<f32>;
@group(0) @binding(24) var<storage, read_write> state1: array<f32>;
@group(0) @binding(25) var<storage, read_write> bias_parameter: array<f32>;
@group(0) @binding(26) var<storage, read_write> bias_state0: array<f32>;
@group(0) @binding(27) var<storage, read_write> bias_state1: array<f32>;

fn put(i: u32, gradient: f32) {
    let updated = update_rule(gradient, parameter[i], state0[i], state1[i]);
    parameter[i] = updated.parameter;
    state0[i] = updated.state0;
    state1[i] = updated.state1;
}

fn put_bias(i: u32, gradient: f32) {
    let updated = update_rule(gradient, bias_parameter[i], bias_state0[i], bias_state1[i]);
    bias_parameter[i] = updated.parameter;
    bias_state0[i] = updated.state0;
    bias_state1[i] = updated.state1;
}
