// The gradient of a convolution block's input, twin of convolution_input_gradient.wgsl for 5 x 5 taps: a thread owns planes, and makes what
// 2 x 2 windows of all channels add to 8 x 8 pixels in registers. Better on software adapters, where branches and loads are dear.
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

// What four places of a row add to eight pixels of one.
fn spread(g: vec4<f32>, taps: Five) -> Eight {
    let f = taps.first;
    let l = taps.last;
    return Eight(
        g.x * f + vec4<f32>(0.0, g.y * f.xyz) + vec4<f32>(0.0, 0.0, g.z * f.xy) + vec4<f32>(0.0, 0.0, 0.0, g.w * f.x),
        g.w * vec4<f32>(f.yzw, l) + vec4<f32>(g.z * vec3<f32>(f.zw, l), 0.0) + vec4<f32>(g.y * vec2<f32>(f.w, l), 0.0, 0.0)
            + vec4<f32>(g.x * l, 0.0, 0.0, 0.0),
    );
}

fn plus(a: Eight, b: Eight) -> Eight {
    return Eight(a.low + b.low, a.high + b.high);
}

fn add_eight(plane: u32, row: u32, column: u32, values: Eight) {
    for (var i = 0u; i < 8u; i++) {
        if (row < HEIGHT && column + i < WIDTH) {
            let value = select(values.low[i & 3u], values.high[i & 3u], i > 3u);
            out[plane + row * WIDTH + column + i] += value;
        }
    }
}

@compute @workgroup_size(8)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 8u);
    let image = index / IN_CHANNELS;
    let channel = index % IN_CHANNELS;
    if (image >= BATCH) {
        return;
    }
    let plane = index * HEIGHT * WIDTH;
    for (var i = 0u; i < HEIGHT * WIDTH; i++) {
        out[plane + i] = 0.0;
    }
    for (var row = 0u; row < OUT_HEIGHT / 2u; row += 2u) {
        for (var column = 0u; column < OUT_WIDTH / 2u; column += 2u) {
            var p = Patch();
            for (var out_channel = 0u; out_channel < OUT_CHANNELS; out_channel++) {
                let g = places_of(image, out_channel, row, column);
                let k = kernel_of(out_channel, channel);
                p.row0 = plus(p.row0, spread(g[0], k.row0));
                p.row1 = plus(p.row1, plus(spread(g[0], k.row1), spread(g[1], k.row0)));
                p.row2 = plus(p.row2, plus(plus(spread(g[0], k.row2), spread(g[1], k.row1)), spread(g[2], k.row0)));
                p.row3 = plus(p.row3, plus(plus(spread(g[0], k.row3), spread(g[1], k.row2)), plus(spread(g[2], k.row1), spread(g[3], k.row0))));
                p.row4 = plus(p.row4, plus(plus(spread(g[0], k.row4), spread(g[1], k.row3)), plus(spread(g[2], k.row2), spread(g[3], k.row1))));
                p.row5 = plus(p.row5, plus(plus(spread(g[1], k.row4), spread(g[2], k.row3)), spread(g[3], k.row2)));
                p.row6 = plus(p.row6, plus(spread(g[2], k.row4), spread(g[3], k.row3)));
                p.row7 = plus(p.row7, spread(g[3], k.row4));
            }
            add_eight(plane, 2u * row, 2u * column, p.row0);
            add_eight(plane, 2u * row + 1u, 2u * column, p.row1);
            add_eight(plane, 2u * row + 2u, 2u * column, p.row2);
            add_eight(plane, 2u * row + 3u, 2u * column, p.row3);
            add_eight(plane, 2u * row + 4u, 2u * column, p.row4);
            add_eight(plane, 2u * row + 5u, 2u * column, p.row5);
            add_eight(plane, 2u * row + 6u, 2u * column, p.row6);
            add_eight(plane, 2u * row + 7u, 2u * column, p.row7);
        }
    }
}
