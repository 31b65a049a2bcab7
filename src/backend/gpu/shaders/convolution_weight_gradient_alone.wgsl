// The gradient of a convolution's weight, twin of convolution_weight_gradient.wgsl without workgroup memory: a thread takes a pair of
// channels alone, four side by side one output channel, so that they read the same gradient and skip the dead windows together. Better
// on software adapters, where barriers are dear; real GPUs want the threads.
fn alone_pair(index: u32) -> vec2<u32> {
    let channels = (IN_CHANNELS + 3u) / 4u * 4u;
    return vec2<u32>(index / channels, index % channels);
}

fn tap_of(taps: ptr<function, array<vec4<f32>, 7>>, i: u32) -> f32 {
    return (*taps)[i / 4u][i % 4u];
}

fn in_array(taps: Taps) -> array<vec4<f32>, 7> {
    return array<vec4<f32>, 7>(
        taps.row0,
        vec4<f32>(taps.last0, taps.row1.xyz),
        vec4<f32>(taps.row1.w, taps.last1, taps.row2.xy),
        vec4<f32>(taps.row2.zw, taps.last2, taps.row3.x),
        vec4<f32>(taps.row3.yzw, taps.last3),
        taps.row4,
        vec4<f32>(taps.last4, taps.bias, 0.0, 0.0),
    );
}

@compute @workgroup_size(8)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let at_pair = alone_pair(thread_number(group, local, 8u));
    let out_channel = at_pair.x;
    let channel = at_pair.y;
    if (out_channel >= OUT_CHANNELS || channel >= IN_CHANNELS) {
        return;
    }
    let pair = out_channel * IN_CHANNELS + channel;
    read_rule();
    for (var tap_row = 0u; tap_row < KERNEL_HEIGHT; tap_row += SPAN) {
        for (var tap_column = 0u; tap_column < KERNEL_WIDTH; tap_column += SPAN) {
            var taps = in_array(sums(out_channel, channel, tap_row, tap_column, 0u, 1u));
            for (var i = 0u; i < 25u; i++) {
                let row = tap_row + i / SPAN;
                let column = tap_column + i % SPAN;
                if (row < KERNEL_HEIGHT && column < KERNEL_WIDTH) {
                    put((pair * KERNEL_HEIGHT + row) * KERNEL_WIDTH + column, tap_of(&taps, i));
                }
            }
            if (channel == 0u && tap_row == 0u && tap_column == 0u) {
                put_bias(out_channel, tap_of(&taps, 25u));
            }
        }
    }
}
