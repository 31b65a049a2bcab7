// Shared: the activation of a layer, and the gradient through it. ACTIVATION: 0 none, 1 ReLU, 2 leaky ReLU, 3 sigmoid, 4 tanh.
override ACTIVATION: u32 = 0u;
override SLOPE: f32 = 0.0;

fn activate(value: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return max(value, 0.0); }
        case 2u: { return select(SLOPE * value, value, value > 0.0); }
        case 3u: { return 1.0 / (1.0 + exp(-value)); }
        case 4u: { return tanh(clamp(value, -10.0, 10.0)); }
        default: { return value; }
    }
}

// The gradient through the activation, from its output.
fn through(gradient: f32, output: f32) -> f32 {
    switch ACTIVATION {
        case 1u: { return select(0.0, gradient, output > 0.0); }
        case 2u: { return select(SLOPE * gradient, gradient, output > 0.0); }
        case 3u: { return gradient * output * (1.0 - output); }
        case 4u: { return gradient * (1.0 - output * output); }
        default: { return gradient; }
    }
}
