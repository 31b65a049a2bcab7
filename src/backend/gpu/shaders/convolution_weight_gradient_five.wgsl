// The gradient of a convolution block's weight (and bias), twin of convolution_weight_gradient.wgsl for 5 x 5 taps: a workgroup takes five output
// channels and one input channel; each thread adds every 16th piece of 2 x 2 windows into its taps, from 8 x 8 pixels in registers.
// Better on software adapters, where a load costs as much as a dozen multiplications.
const THREADS: u32 = 16u;

var<workgroup> partial: array<f32, 416>;

// What four rows of places add to a row of taps.
fn taps_of(g: mat4x4<f32>, a: Eight, b: Eight, c: Eight, d: Eight) -> Five {
    return Five(
        g[0] * shifted(a) + g[1] * shifted(b) + g[2] * shifted(c) + g[3] * shifted(d),
        dot(g[0], a.high) + dot(g[1], b.high) + dot(g[2], c.high) + dot(g[3], d.high),
    );
}

// Column i: the four pixels under tap i.
fn shifted(row: Eight) -> mat4x4<f32> {
    let l = row.low;
    let h = row.high;
    return mat4x4<f32>(l, vec4<f32>(l.yzw, h.x), vec4<f32>(l.zw, h.xy), vec4<f32>(l.w, h.xyz));
}

fn added(taps: Kernel, g: mat4x4<f32>, p: Patch) -> Kernel {
    return Kernel(
        both(taps.row0, taps_of(g, p.row0, p.row1, p.row2, p.row3)),
        both(taps.row1, taps_of(g, p.row1, p.row2, p.row3, p.row4)),
        both(taps.row2, taps_of(g, p.row2, p.row3, p.row4, p.row5)),
        both(taps.row3, taps_of(g, p.row3, p.row4, p.row5, p.row6)),
        both(taps.row4, taps_of(g, p.row4, p.row5, p.row6, p.row7)),
    );
}

fn both(a: Five, b: Five) -> Five {
    return Five(a.first + b.first, a.last + b.last);
}

fn all_of(g: mat4x4<f32>) -> f32 {
    return dot(g[0] + g[1] + g[2] + g[3], vec4<f32>(1.0));
}

fn hand_in(local: u32, tap: u32, row: Five) {
    partial[tap * THREADS + local] = row.first.x;
    partial[(tap + 1u) * THREADS + local] = row.first.y;
    partial[(tap + 2u) * THREADS + local] = row.first.z;
    partial[(tap + 3u) * THREADS + local] = row.first.w;
    partial[(tap + 4u) * THREADS + local] = row.last;
}

// Adds up what the threads have and keeps it. Called by all of them.
fn total(taps: Kernel, bias: f32, out_channel: u32, channel: u32, local: u32) {
    workgroupBarrier();
    hand_in(local, 0u, taps.row0);
    hand_in(local, 5u, taps.row1);
    hand_in(local, 10u, taps.row2);
    hand_in(local, 15u, taps.row3);
    hand_in(local, 20u, taps.row4);
    partial[25u * THREADS + local] = bias;
    workgroupBarrier();
    for (var tap = local; tap < 26u && out_channel < OUT_CHANNELS; tap += THREADS) {
        var sum = 0.0;
        for (var i = 0u; i < THREADS; i++) {
            sum += partial[tap * THREADS + i];
        }
        if (tap < 25u) {
            put((out_channel * IN_CHANNELS + channel) * 25u + tap, sum);
        } else if (channel == 0u) {
            put_bias(out_channel, sum);
        }
    }
}

@compute @workgroup_size(THREADS)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = group_number(group);
    let first = index / IN_CHANNELS * 5u;
    let channel = index % IN_CHANNELS;
    // The same for the whole workgroup.
    if (first >= OUT_CHANNELS) {
        return;
    }
    read_rule();
    let last = OUT_CHANNELS - 1u;
    let rows = (OUT_HEIGHT / 2u + 1u) / 2u;
    let columns = (OUT_WIDTH / 2u + 1u) / 2u;
    var taps0 = Kernel();
    var taps1 = Kernel();
    var taps2 = Kernel();
    var taps3 = Kernel();
    var taps4 = Kernel();
    var bias = array<f32, 5>();
    for (var i = local; i < BATCH * rows * columns; i += THREADS) {
        let image = i / (rows * columns);
        let row = i / columns % rows * 2u;
        let column = i % columns * 2u;
        let pixels = patch_of(x_row(image) + channel * HEIGHT * WIDTH, 2u * row, 2u * column);
        let g0 = places_of(image, first, row, column);
        taps0 = added(taps0, g0, pixels);
        let g1 = places_of(image, min(first + 1u, last), row, column);
        taps1 = added(taps1, g1, pixels);
        let g2 = places_of(image, min(first + 2u, last), row, column);
        taps2 = added(taps2, g2, pixels);
        let g3 = places_of(image, min(first + 3u, last), row, column);
        taps3 = added(taps3, g3, pixels);
        let g4 = places_of(image, min(first + 4u, last), row, column);
        taps4 = added(taps4, g4, pixels);
        bias[0] += all_of(g0);
        bias[1] += all_of(g1);
        bias[2] += all_of(g2);
        bias[3] += all_of(g3);
        bias[4] += all_of(g4);
    }
    total(taps0, bias[0], first, channel, local);
    total(taps1, bias[1], first + 1u, channel, local);
    total(taps2, bias[2], first + 2u, channel, local);
    total(taps3, bias[3], first + 3u, channel, local);
    total(taps4, bias[4], first + 4u, channel, local);
}
