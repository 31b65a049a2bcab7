// Shared: the weight of a convolution with 5 x 5 taps.
@group(0) @binding(1) var<storage, read> weight: array<f32>;

fn five(at: u32) -> Five {
    return Five(vec4<f32>(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]), weight[at + 4u]);
}

fn kernel_of(out_channel: u32, channel: u32) -> Kernel {
    let at = (out_channel * IN_CHANNELS + channel) * 25u;
    return Kernel(five(at), five(at + 5u), five(at + 10u), five(at + 15u), five(at + 20u));
}
